import { isTerminalTask } from "../../idl/phases.ts";
import type { TaskPhase } from "../../idl/phases.ts";
import type { TaskLog } from "../../idl/types.ts";

/** The latest links first, then those known before that none of the latest replaces by having its URI or its name. */
export function mergeLogs(known: readonly TaskLog[], latest: readonly TaskLog[]): TaskLog[] {
  const uris = new Set(latest.map((log) => log.uri ?? ""));
  const names = new Set(latest.map((log) => log.name ?? ""));
  return [...latest, ...known.filter((log) => !uris.has(log.uri ?? "") && !names.has(log.name ?? ""))];
}

/** Without links that a finished task no longer has, and those that lead nowhere while it has not started. */
export function logsInPhase(logs: readonly TaskLog[], phase: TaskPhase): TaskLog[] {
  const pending = phase === "QUEUED" || phase === "INITIALIZING";
  return logs.filter((log) => !(isTerminalTask(phase) && log.HideOnceFinished) && !(pending && !log.ShowWhilePending));
}
