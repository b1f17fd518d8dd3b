import { ok, problem } from "./check.ts";
import type { Check } from "./check.ts";

/** `version` as process.versions.node has it. */
export function checkNode(version: string, executable: string): Check {
  const detail = `${version} (${executable})`;
  return Number(version.split(".")[0]) >= 24 ? ok("node", detail) : problem("node", detail, "install Node 24 or newer");
}
