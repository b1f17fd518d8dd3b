import { expect, test } from "vitest";
import { deadlinesOf, expiryOf, nextDeadline } from "./deadlines.ts";
import { formatGoDuration } from "./go-duration.ts";
import { toDuration } from "../../idl/time.ts";

const none = { executionDeadline: 0, activeDeadline: 0 };

test("a timeout gives itself to each attempt and twice itself to all", () => {
  expect(deadlinesOf(toDuration(60_000), { executionDeadline: 1, activeDeadline: 2 })).toEqual({ execution: 60_000, active: 120_000 });
  expect(deadlinesOf(undefined, { executionDeadline: 1, activeDeadline: 2 })).toEqual({ execution: 1, active: 2 });
  expect(deadlinesOf(toDuration(0), none)).toEqual({ execution: 0, active: 0 });
});

test("expiry, to the millisecond; the final one wins", () => {
  const deadlines = { execution: 60_000, active: 120_000 };
  const times = { queuedAt: 0, runningAt: 10_000 };
  expect(nextDeadline(deadlines, times)).toBe(70_000);
  expect(nextDeadline(deadlines, { queuedAt: 0, runningAt: undefined })).toBe(120_000);
  expect(nextDeadline({ execution: 0, active: 0 }, times)).toBeUndefined();
  expect(expiryOf(deadlines, times, 69_999)).toBeUndefined();
  expect(expiryOf(deadlines, times, 70_000)).toEqual({
    deadline: "EXECUTION",
    failure: { code: "TimeoutExpired", message: "task execution timeout [1m0s] expired", kind: "USER" },
  });
  expect(expiryOf(deadlines, { queuedAt: 0, runningAt: undefined }, 119_999)).toBeUndefined();
  expect(expiryOf(deadlines, times, 120_000)).toMatchObject({
    deadline: "ACTIVE",
    failure: { message: "task active timeout [2m0s] expired" },
  });
});

test.each([
  [0, "0s"],
  [0.001, "1µs"],
  [1.5, "1.5ms"],
  [300, "300ms"],
  [1500, "1.5s"],
  [60_000, "1m0s"],
  [90_000, "1m30s"],
  [3_600_000, "1h0m0s"],
  [86_400_000, "24h0m0s"],
  [-1500, "-1.5s"],
])("%d ms is %s in Go", (milliseconds, text) => {
  expect(formatGoDuration(milliseconds)).toBe(text);
});
