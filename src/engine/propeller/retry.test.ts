import { expect, test } from "vitest";
import { decideRetry, isAttemptInterruptible, maxAttemptsOf } from "./retry.ts";
import type { RetryPolicy } from "./retry.ts";

type Kind = "USER" | "SYSTEM";

/** Fails attempts in the given order, as propeller would; which attempts were made, and the final error. */
function play(retries: number, failures: readonly Kind[], ignoreCause = false) {
  const policy: RetryPolicy = { maxAttempts: maxAttemptsOf(retries, 0, 1), maxSystemFailures: 3, ignoreCause };
  let systemFailures = 0;
  for (const [attempt, kind] of failures.entries()) {
    const decision = decideRetry(policy, attempt, systemFailures, { code: "C", message: "m", kind });
    if (!decision.retry) return { attempts: attempt + 1, failure: decision.failure };
    ({ systemFailures } = decision);
  }
  return { attempts: failures.length + 1, failure: undefined };
}

const system = (count: number): Kind[] => Array.from({ length: count }, () => "SYSTEM");

test.each([
  { retries: 0, failures: ["USER"] as Kind[], attempts: 1, message: "[1/1] currentAttempt done. Last Error: USER::m" },
  { retries: 2, failures: ["USER", "USER", "USER"] as Kind[], attempts: 3, message: "[3/3] currentAttempt done. Last Error: USER::m" },
  { retries: 1, failures: ["SYSTEM", "USER", "USER"] as Kind[], attempts: 3, message: "[2/2] currentAttempt done. Last Error: USER::m" },
  { retries: 0, failures: system(4), attempts: 4, message: "[3/3] currentAttempt done. Last Error: SYSTEM::m" },
  {
    retries: 2,
    failures: ["SYSTEM", "USER", "SYSTEM"] as Kind[],
    ignoreCause: true,
    attempts: 3,
    message: "[3/3] currentAttempt done. Last Error: SYSTEM::m",
  },
])("$retries retries, failing $failures", ({ retries, failures, ignoreCause, attempts, message }) => {
  expect(play(retries, failures, ignoreCause)).toEqual({ attempts, failure: { code: "RetriesExhausted|C", message, kind: "USER" } });
  // One failure less, and it would have gone on.
  if (failures.length > 1) expect(play(retries, failures.slice(0, -1), ignoreCause).failure).toBeUndefined();
});

test("where the number of attempts comes from", () => {
  expect([maxAttemptsOf(4, 2, 9), maxAttemptsOf(0, 2, 9), maxAttemptsOf(0, 0, 9)]).toEqual([5, 3, 9]);
});

test.each([
  [-1, false, [true, true, true, false]],
  [-2, false, [true, true, false, false]],
  [1, false, [true, false, false, false]],
  [-1, true, [true, true, false, false]],
])("with threshold %i (ignoring causes: %s) attempts that may be interrupted are %j", (threshold, ignoreCause, expected) => {
  const policy: RetryPolicy = { maxAttempts: 3, maxSystemFailures: 3, ignoreCause };
  expect([0, 1, 2, 3].map((lost) => isAttemptInterruptible(policy, threshold, lost, lost))).toEqual(expected);
});
