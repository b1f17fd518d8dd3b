import { readFileSync } from "node:fs";
import path from "node:path";
import { processIdentity } from "../std/process-identity.ts";

/** The pid of the daemon that holds a data directory or is about to serve from it; undefined when none is alive. */
export function readLockHolder(dataDir: string): number | undefined {
  try {
    const { pid, identity } = JSON.parse(readFileSync(path.join(dataDir, "daemon.pid"), "utf8")) as { pid: number; identity: string };
    return processIdentity(pid) === identity ? pid : undefined;
  } catch {
    return undefined;
  }
}
