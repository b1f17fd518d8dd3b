// Writes docs/commands.md and docs/errors.md from the source; with --check fails when they are not what it would write.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { commandsPage } from "./docs/commands-page.js";
import { errorsPage } from "./docs/errors-page.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stale = [];
const pages = { "commands.md": commandsPage, "errors.md": errorsPage };
for (const [name, page] of Object.entries(pages)) {
  const file = path.join(root, "docs", name);
  const text = await page(root);
  const present = await readFile(file, "utf8").catch(() => "");
  if (present === text) continue;
  if (process.argv.includes("--check")) stale.push(`docs/${name}`);
  else await writeFile(file, text);
}
if (stale.length > 0) {
  process.stderr.write(`${stale.join(" and ")} ${stale.length === 1 ? "is" : "are"} not what the source says: run node scripts/docs.js\n`);
  process.exitCode = 1;
}
