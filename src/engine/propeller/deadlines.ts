import { fromDuration } from "../../idl/time.ts";
import type { ProtoDuration } from "../../idl/types.ts";
import { formatGoDuration } from "./go-duration.ts";
import type { Failure } from "./state.ts";

/** Milliseconds; 0 = none. */
export interface Deadlines {
  /** Of one attempt, from when it began to run: waiting for a place does not count. */
  readonly execution: number;
  /** Of all attempts together, from when the node was queued. */
  readonly active: number;
}

/** A node's timeout T gives T for each attempt and 2T for all; without one the defaults hold. Flyte: nodes/executor.go. */
export function deadlinesOf(
  timeout: ProtoDuration | null | undefined,
  defaults: { executionDeadline: number; activeDeadline: number },
): Deadlines {
  const own = fromDuration(timeout) ?? 0;
  return own > 0 ? { execution: own, active: 2 * own } : { execution: defaults.executionDeadline, active: defaults.activeDeadline };
}

export interface RunningTimes {
  readonly queuedAt: number | undefined;
  readonly runningAt: number | undefined;
}

/** When the next deadline passes, if there is one. */
export function nextDeadline(deadlines: Deadlines, times: RunningTimes): number | undefined {
  const due: number[] = [];
  if (deadlines.active > 0 && times.queuedAt !== undefined) due.push(times.queuedAt + deadlines.active);
  if (deadlines.execution > 0 && times.runningAt !== undefined) due.push(times.runningAt + deadlines.execution);
  return due.length === 0 ? undefined : Math.min(...due);
}

export type Expiry =
  | { readonly deadline: "EXECUTION"; readonly failure: Failure }
  /** Final: no attempt follows. */
  | { readonly deadline: "ACTIVE"; readonly failure: Failure };

/** Which deadline has passed at `now`; the final one first. */
export function expiryOf(deadlines: Deadlines, times: RunningTimes, now: number): Expiry | undefined {
  if (deadlines.active > 0 && times.queuedAt !== undefined && now >= times.queuedAt + deadlines.active) {
    const message = `task active timeout [${formatGoDuration(deadlines.active)}] expired`;
    return { deadline: "ACTIVE", failure: { code: "TimeoutExpired", message, kind: "USER" } };
  }
  if (deadlines.execution > 0 && times.runningAt !== undefined && now >= times.runningAt + deadlines.execution) {
    const message = `task execution timeout [${formatGoDuration(deadlines.execution)}] expired`;
    return { deadline: "EXECUTION", failure: { code: "TimeoutExpired", message, kind: "USER" } };
  }
  return undefined;
}
