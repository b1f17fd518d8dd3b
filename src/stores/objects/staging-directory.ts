import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../std/random.ts";
import { hasCode } from "./durable-files.ts";

/**
 * Makes a directory of this process's own below `parent` for files being written, and removes those of processes that ended (a killed one leaves
 * its half-written files there).
 */
export function openStagingDirectory(parent: string, random: Random): string {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    if (isLeft(join(parent, name), Number.parseInt(name, 10))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const own = join(parent, `${process.pid}-${Buffer.from(random.bytes(8)).toString("hex")}`);
  mkdirSync(own);
  return own;
}

function isLeft(path: string, pid: number): boolean {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // In a container every start may get the same process id.
  if (pid === process.pid) return changed < performance.timeOrigin - 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (thrown) {
    return !hasCode(thrown, "EPERM");
  }
}
