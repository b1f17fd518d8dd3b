#!/usr/bin/env node
// Plain JavaScript that any Node parses, so that an old one can say what is wrong.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";

// In a checkout npm has brought the right Node along.
const ours = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
if (Number(process.versions.node.split(".")[0]) < 24 && existsSync(ours)) {
  const child = spawn(ours, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => {
    process.exitCode = code === null ? (signal === "SIGINT" ? 130 : 1) : code;
  });
} else if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`flyte needs Node 24 or newer; this is Node ${process.versions.node} (${process.execPath})\n`);
  process.exitCode = 3;
} else {
  nodeModule.enableCompileCache();
  const { main } = await import("../dist/main.js");
  await main(new URL("..", import.meta.url));
}
