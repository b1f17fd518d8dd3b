#!/usr/bin/env node
// Plain JavaScript that any Node parses, so that an old one can say what is wrong. It imports nothing by a statement:
// built-in modules it does not need cost a start 10 ms.
const root = new URL("..", import.meta.url);
if (Number(process.versions.node.split(".")[0]) < 24) await onOldNode();
else {
  const { loadBundle } = await import("./load-bundle.js");
  const args = process.argv.slice(2);
  // The copilot is started with every raw container, and is no command for people: it needs nothing of the command line.
  const bundle = args[0] === "copilot" ? "dist/cli/copilot.cjs" : "dist/cli/main.cjs";
  const { exports, keep } = loadBundle(new URL(bundle, root), useOf(args));
  process.once("exit", (code) => code === 0 && keep());
  await exports.start(root);
}

/** In a checkout npm has brought the right Node along. */
async function onOldNode() {
  const { spawn } = await import("node:child_process");
  const { existsSync } = await import("node:fs");
  const { fileURLToPath } = await import("node:url");
  const ours = fileURLToPath(new URL("node_modules/node/bin/node", root));
  if (!existsSync(ours)) {
    process.stderr.write(`flyte needs Node 24 or newer; this is Node ${process.versions.node} (${process.execPath})\n`);
    process.exitCode = 3;
    return;
  }
  const child = spawn(ours, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => {
    process.exitCode = code === null ? (signal === "SIGINT" ? 130 : 1) : code;
  });
}

/** What a start is for, of which there are few: the command's words, or help. */
function useOf(args) {
  if (args.includes("--help") || args.length === 0) return "help";
  const words = args.slice(0, 2).map((word) => (/^[a-z]{1,12}$/.test(word) ? word : ""));
  return /^(get|cache|config|sandbox|copilot)$/.test(words[0]) ? words.join("-") : words[0] || "other";
}
