#!/usr/bin/env node
// Plain JavaScript that any Node parses, so that an old one can say what is wrong.
import * as nodeModule from "node:module";

if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`flyte needs Node 24 or newer; this is Node ${process.versions.node} (${process.execPath})\n`);
  process.exitCode = 3;
} else {
  nodeModule.enableCompileCache();
  const { main } = await import("../dist/main.js");
  await main(new URL("..", import.meta.url));
}
