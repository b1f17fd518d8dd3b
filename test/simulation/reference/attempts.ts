import type { Failure } from "./story.ts";

/** How an attempt ends; HANGS: not by itself. */
export type AttemptEnd<Given> =
  | { readonly end: "SUCCEEDED"; readonly given: Given }
  | { readonly end: "FAILED"; readonly isFinal: boolean; readonly failures: readonly Failure[] }
  | { readonly end: "HANGS" };

export type NodeEnd<Given> =
  | { readonly end: "SUCCEEDED"; readonly given: Given }
  | { readonly end: "FAILED"; readonly failures: readonly Failure[] }
  | { readonly end: "TIMED_OUT" | "HANGS" };

export interface Budget {
  /** Attempts that may fail with what is not the system's fault. */
  readonly attempts: number;
  readonly systemRetries: number;
  /** Milliseconds that one attempt may take, and half of what all may; 0 for ever. */
  readonly timeout: number;
  /** Nothing bounds all attempts together: Flyte does not keep when an element of an array was queued. */
  readonly isElement?: boolean;
}

const text = (milliseconds: number): string => {
  const seconds = milliseconds / 1000;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return `${h > 0 ? `${h}h` : ""}${h > 0 || m > 0 ? `${m}m` : ""}${s}s`;
};

/**
 * Attempt after attempt, until one succeeds or no more are allowed. Failures of the system have a budget of their own. What does not end
 * by itself takes all the time it has; everything else takes none.
 */
export function liveAttempts<Given>(budget: Budget, attemptOf: (attempt: number) => AttemptEnd<Given>): NodeEnd<Given> {
  let ofSystem = 0;
  let hung = 0;
  for (let attempt = 0; ; attempt++) {
    let ended = attemptOf(attempt);
    if (ended.end === "SUCCEEDED") return ended;
    if (ended.end === "HANGS") {
      if (budget.timeout === 0) return { end: "HANGS" };
      if (++hung === 2 && !budget.isElement) return { end: "TIMED_OUT" };
      const message = `task execution timeout [${text(budget.timeout)}] expired`;
      ended = { end: "FAILED", isFinal: false, failures: [{ code: "TimeoutExpired", message, kind: "USER" }] };
    }
    const [first] = ended.failures;
    if (ended.isFinal || first === undefined) return { end: "FAILED", failures: ended.failures };
    const isOfSystem = first.kind === "SYSTEM";
    const [used, allowed] = isOfSystem ? [ofSystem, budget.systemRetries] : [attempt + 1 - ofSystem, budget.attempts];
    if (used >= allowed) {
      const exhausted = ended.failures.map(({ code, message, kind }): Failure => ({
        code: `RetriesExhausted|${code}`,
        message: message === undefined ? undefined : `[${used}/${allowed}] currentAttempt done. Last Error: ${kind}::${message}`,
        kind: "USER",
      }));
      return { end: "FAILED", failures: exhausted };
    }
    if (isOfSystem) ofSystem++;
  }
}
