import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import path from "node:path";
import { programsOnPath } from "../std/programs-on-path.ts";
import { ok, warning } from "./check.ts";
import type { Check, Environment } from "./check.ts";

/** Which `flyte` a shell finds: ours, or another program of that name. */
export function checkPath(environment: Environment, ownRoot: string): Check {
  const found = programsOnPath("flyte", environment);
  const foreign = found.filter((file) => !isOwn(file, ownRoot));
  const [first, other] = [found[0], foreign[0]];
  if (first === undefined) return ok("program", "no flyte on PATH: this one was started by its own path, or by npx");
  if (other === undefined) return ok("program", first);
  if (first !== other) return ok("program", `${first}, before ${other} (${kindOf(other)})`);
  const ours = found.find((file) => file !== other && isOwn(file, ownRoot));
  return warning(
    "program",
    `flyte on PATH is ${other} (${kindOf(other)}), not this package${ours === undefined ? "" : `, which is at ${ours}`}`,
    `put ${ours === undefined ? "the folder of this package's programs" : path.dirname(ours)} before ${path.dirname(other)} in PATH, or run: npx flyte`,
  );
}

/** Ours is a link into the package, or (as pnpm makes them) a shell script that runs its program. */
function isOwn(file: string, root: string): boolean {
  const relative = path.relative(realpathSync(root), realpathSync(file));
  return (relative !== "" && !relative.startsWith("..")) || /^#!.*\bsh\b[^]*\/flyte\/bin\/run\.js/.test(beginning(file));
}

/** What a program is, by its first line. */
function kindOf(file: string): string {
  const [line = ""] = beginning(file).split("\n");
  if (!line.startsWith("#!")) return "a program";
  if (/python/.test(line)) return "a Python program, as Flyte 2's command line is";
  return /node/.test(line) ? "another Node package" : "a script";
}

function beginning(file: string): string {
  const bytes = Buffer.alloc(4096);
  const opened = openSync(file, "r");
  try {
    return bytes.toString("latin1", 0, readSync(opened, bytes));
  } finally {
    closeSync(opened);
  }
}
