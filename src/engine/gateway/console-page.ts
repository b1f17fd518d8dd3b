import { createHash } from "node:crypto";

/** The page under /console until a whole console is served there: what this is, and the recent executions. */
export function consolePage(version: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flyte</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b1b1f; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
.SUCCEEDED { color: #1a7f37; } .FAILED, .ABORTED, .TIMED_OUT { color: #b42318; }
code { font-family: ui-monospace, monospace; }
</style>
</head>
<body>
<h1>Flyte</h1>
<p>This is a Flyte deployment, version ${escapeHtml(version)}. gRPC and HTTP/JSON are served on this port; the API is under <code>/api/v1</code>.</p>
<h2>Recent executions</h2>
<p id="state">Loading…</p>
<table hidden id="table"><thead><tr><th>Project</th><th>Domain</th><th>Execution</th><th>Launch plan</th><th>Phase</th><th>Started</th></tr></thead><tbody></tbody></table>
<script>
const state = document.getElementById("state"), table = document.getElementById("table");
const get = async (path) => {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message || answer.statusText);
  return body;
};
(async () => {
  const { projects } = await get("/api/v1/projects?limit=100");
  const lists = await Promise.all(projects.flatMap((project) => project.domains.map((domain) => get(
    "/api/v1/executions/" + encodeURIComponent(project.id) + "/" + encodeURIComponent(domain.id) + "?limit=20&sort_by.key=created_at&sort_by.direction=DESCENDING"))));
  const rows = lists.flatMap((list) => list.executions)
    .sort((a, b) => String(b.closure?.created_at).localeCompare(String(a.closure?.created_at))).slice(0, 20);
  for (const { id, spec, closure } of rows) {
    const row = table.tBodies[0].insertRow();
    for (const text of [id?.project, id?.domain, id?.name, spec?.launch_plan?.name, closure?.phase, closure?.started_at ?? ""]) row.insertCell().textContent = text ?? "";
    row.cells[4].className = closure?.phase ?? "";
  }
  state.textContent = rows.length === 0 ? "None yet." : "";
  table.hidden = rows.length === 0;
})().catch((error) => { state.textContent = "The list cannot be shown: " + error.message; });
</script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A Content-Security-Policy that allows a page its own inline scripts and styles by their hashes, this server, and nothing else. */
export function pagePolicy(page: string): string {
  const hashes = (tag: string): string =>
    [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g"))]
      .map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join(" ") || "'none'";
  return [
    "default-src 'none'",
    `script-src ${hashes("script")}`,
    `style-src ${hashes("style")}`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
