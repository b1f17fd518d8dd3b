import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { isSameProcess } from "../std/process-identity.ts";

interface Known {
  readonly daemon?: { readonly pid: number; readonly identity: string };
  readonly kind?: { readonly isUp: boolean };
}

/**
 * Whether the sandbox of this name runs; undefined when there is no such sandbox. One on kind does when it was started and not
 * stopped since: asking its Docker engine would cost every command more than its own work.
 */
export function sandboxRuns(home: string, name: string): boolean | undefined {
  try {
    const { daemon, kind } = JSON.parse(readFileSync(path.join(directory(home), name, "sandbox.json"), "utf8")) as Known;
    if (kind) return kind.isUp;
    return daemon?.pid !== undefined && isSameProcess(daemon.pid, daemon.identity);
  } catch {
    return undefined;
  }
}

/** The names of the sandboxes that run, in order. */
export function runningSandboxes(home: string): string[] {
  try {
    return readdirSync(directory(home))
      .sort()
      .filter((name) => sandboxRuns(home, name) === true);
  } catch {
    return [];
  }
}

const directory = (home: string): string => path.join(home, ".flyte", "sandboxes");
