import { statfs } from "node:fs/promises";
import { ok, problem, warning } from "./check.ts";
import type { Check } from "./check.ts";

const mebibyte = 1 << 20;

/** Room for sandboxes' data below `home`. */
export async function checkDisk(home: string): Promise<Check> {
  const { bavail, bsize } = await statfs(home);
  return judgeDisk(bavail * bsize, home);
}

/** A start of a sandbox is refused below 64 MiB. */
export function judgeDisk(freeBytes: number, directory: string): Check {
  const free = Math.floor(freeBytes / mebibyte);
  const detail = free >= 1024 ? `${(free / 1024).toFixed(1)} GiB free for ${directory}` : `${free} MiB free for ${directory}`;
  const hint = "free some room, or keep a sandbox's data elsewhere: flyte sandbox start --data-dir DIR";
  return free < 64 ? problem("disk", detail, hint) : free < 1024 ? warning("disk", detail, hint) : ok("disk", detail);
}
