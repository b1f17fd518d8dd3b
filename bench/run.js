// npm run bench [NAME…]: runs the benchmarks, each a median of many beside a floor measured in the same run, and writes
// what it saw into RESULTS.md. Run it on a quiet machine after `npm run build`.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { benchmarks } from "./benchmarks.js";

const here = import.meta.dirname;
const wanted = process.argv.slice(2);
const build = spawnSync(process.execPath, [path.join(here, "../scripts/build.js")], { stdio: "inherit" });
if (build.status !== 0) process.exit(1);

const file = path.join(here, "RESULTS.md");
const sections = new Map();
if (existsSync(file))
  for (const part of readFileSync(file, "utf8").split(/^## /m).slice(1))
    sections.set(part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1).trim());

for (const [name, run] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`${name}\n`);
  const rows = await run();
  const table = [
    "| what | median | min – max | runs | over the floor |",
    "|---|---|---|---|---|",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
  sections.set(name, `\`npm run bench ${name}\` (Node ${process.version}, ${os.availableParallelism()} cores)\n\n${table}`);
  process.stdout.write(`${table}\n`);
}
const text = [...sections].map(([name, body]) => `## ${name}\n\n${body}\n`).join("\n");
writeFileSync(
  file,
  `# Figures\n\nEach section is written by the command under its title. The floor stands in the same table, from the same run.\n\n${text}`,
);
