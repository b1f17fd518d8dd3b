import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { isSameProcess } from "../std/process-identity.ts";

/** Whether the daemon of the sandbox of this name runs; undefined when there is no such sandbox. */
export function sandboxRuns(home: string, name: string): boolean | undefined {
  try {
    const record = readFileSync(path.join(directory(home), name, "sandbox.json"), "utf8");
    const { daemon } = JSON.parse(record) as { daemon?: { pid: number; identity: string } };
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
