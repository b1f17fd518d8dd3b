import type { Failure } from "./state.ts";

// Flyte: nodes/executor.go handleRetryableFailure and task interruptibility, in both retry modes.

export interface RetryPolicy {
  /** Attempts with failures of the user's kind, the first included. */
  readonly maxAttempts: number;
  readonly maxSystemFailures: number;
  /** All failures count against maxAttempts. */
  readonly ignoreCause: boolean;
}

export type RetryDecision =
  | { readonly retry: true; readonly systemFailures: number }
  | { readonly retry: false; readonly systemFailures: number; readonly failure: Failure };

/** Attempts of a node: retries + 1 of the node, else of the task, else the default. A strategy of one attempt is no strategy. */
export function maxAttemptsOf(nodeRetries: number, taskRetries: number, fallback: number): number {
  const strategy = (nodeRetries || taskRetries) + 1;
  return strategy > 1 ? strategy : fallback;
}

/** Whether attempt number `attempt` (from 0), which failed after `systemFailures` others of the system's kind, is followed by another. */
export function decideRetry(policy: RetryPolicy, attempt: number, systemFailures: number, failure: Failure): RetryDecision {
  const system = failure.kind === "SYSTEM" && !policy.ignoreCause;
  const done = policy.ignoreCause ? attempt + 1 : system ? systemFailures : attempt + 1 - systemFailures;
  const max = system ? policy.maxSystemFailures : policy.maxAttempts;
  const counted = failure.kind === "SYSTEM" ? systemFailures + 1 : systemFailures;
  if (done < max) return { retry: true, systemFailures: counted };
  return {
    retry: false,
    systemFailures: counted,
    failure: {
      code: `RetriesExhausted|${failure.code}`,
      message: `[${done}/${max}] currentAttempt done. Last Error: ${failure.kind}::${failure.message}`,
      // Always the user's, whatever the last one was.
      kind: "USER",
    },
  };
}

/**
 * Whether the next attempt of an interruptible node may be interrupted: not any more once as many attempts were lost as
 * `threshold` says (from the end when it is not positive; −1 spares the last).
 */
export function isAttemptInterruptible(policy: RetryPolicy, threshold: number, attempt: number, systemFailures: number): boolean {
  const lost = policy.ignoreCause ? attempt : systemFailures;
  if (policy.ignoreCause && attempt === 0) return true;
  const max = policy.ignoreCause ? policy.maxAttempts : policy.maxSystemFailures + 1;
  return lost < (threshold > 0 ? threshold : max - Math.abs(threshold));
}
