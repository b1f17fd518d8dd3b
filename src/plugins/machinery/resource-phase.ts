import type { PluginError, PluginPhase } from "../../ports/task-plugin.ts";

/** What an object in a cluster says of its attempt. */
export interface ResourcePhase {
  readonly phase: PluginPhase;
  /** Why, while the attempt is on its way; a new one is a new version of the phase. */
  readonly reason?: string;
  /** For the two failures. */
  readonly error?: PluginError;
  /** Epoch milliseconds. */
  readonly occurredAt?: number;
  readonly startedAt?: number;
  /** When the answer would be another one though the object is the same, epoch milliseconds. */
  readonly lookAgainAt?: number;
}

/** A failure that another attempt may not meet. */
export function retryableFailure(code: string, message: string, kind: PluginError["kind"] = "USER"): ResourcePhase {
  return { phase: "RETRYABLE_FAILURE", error: { code, message, kind } };
}

/** A failure that every attempt would meet. */
export function permanentFailure(code: string, message: string): ResourcePhase {
  return { phase: "PERMANENT_FAILURE", error: { code, message, kind: "USER" } };
}
