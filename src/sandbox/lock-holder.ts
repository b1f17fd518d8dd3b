import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isSameProcess } from "../std/process-identity.ts";

/** The sandbox and pid of the daemon that holds a data directory or is about to serve from it; undefined when none is alive. */
export function readLockHolder(dataDir: string): { readonly sandbox: string; readonly pid: number } | undefined {
  try {
    const { sandbox, pid, identity } = JSON.parse(readFileSync(path.join(dataDir, "daemon.pid"), "utf8")) as {
      sandbox: string;
      pid: number;
      identity: string;
    };
    return isSameProcess(pid, identity) ? { sandbox, pid } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the last daemon of a data directory, now gone, ended without tidying up, so that attempts may have outlived it. */
export function diedDisorderly(dataDir: string): boolean {
  return existsSync(path.join(dataDir, "daemon.pid"));
}
