import { constants } from "node:os";
import type { EndRecord } from "../machinery/attempt-files.ts";

/** Of a container, what Docker's inspection says of its process. */
export interface ContainerState {
  /** `created`, `running`, `exited`, … */
  readonly status: string;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** Epoch milliseconds; undefined before. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
}

interface Inspected {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

export function containerState(inspected: Inspected): ContainerState {
  return {
    status: inspected.Status,
    exitCode: inspected.ExitCode,
    outOfMemory: inspected.OOMKilled,
    startedAt: timeOf(inspected.StartedAt),
    finishedAt: timeOf(inspected.FinishedAt),
  };
}

export function hasEnded({ status }: ContainerState): boolean {
  return status === "exited" || status === "dead";
}

/** Docker's zero is the first moment of the year 1. */
function timeOf(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? undefined : at;
}

const byNumber = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/**
 * How an ended container is recorded. An exit code beyond 128 stands for a signal, as in a shell: Docker tells it in no other
 * way. Whoever was at work for as long as `timeoutSeconds` ran out of time, whichever daemon saw it end.
 */
export function exitRecord(
  state: ContainerState,
  now: number,
  limits: { readonly timeoutSeconds: number | undefined; readonly wasTimedOut: boolean; readonly unattended: boolean },
): EndRecord {
  const startedAt = state.startedAt ?? now;
  const finishedAt = Math.max(state.finishedAt ?? now, startedAt);
  const { timeoutSeconds } = limits;
  const signal = byNumber.get(state.exitCode - 128);
  const timedOut = limits.wasTimedOut || (timeoutSeconds !== undefined && finishedAt - startedAt >= timeoutSeconds * 1000);
  return {
    exitCode: state.exitCode,
    ...(signal === undefined ? {} : { signal }),
    startedAt,
    finishedAt,
    ...(timedOut ? { timedOut } : {}),
    ...(state.outOfMemory && state.exitCode !== 0 ? { outOfMemory: true } : {}),
    ...(limits.unattended ? { unattended: true } : {}),
  };
}
