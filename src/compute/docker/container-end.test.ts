import { expect, test } from "vitest";
import { containerState, exitRecord } from "./container-end.ts";

const at = Date.parse("2026-01-02T03:04:05.000Z");
const ended = (exitCode: number, seconds = 1, outOfMemory = false) =>
  containerState({
    Status: "exited",
    ExitCode: exitCode,
    OOMKilled: outOfMemory,
    StartedAt: "2026-01-02T03:04:05.000000001Z",
    FinishedAt: new Date(at + seconds * 1000).toISOString(),
  });
const never = { timeoutSeconds: undefined, wasTimedOut: false, unattended: false };
const times = { startedAt: at, finishedAt: at + 1000 };

test.each([
  [0, {}],
  [1, {}],
  [127, {}],
  [128, {}],
  [130, { signal: "SIGINT" }],
  [137, { signal: "SIGKILL" }],
  [139, { signal: "SIGSEGV" }],
  [143, { signal: "SIGTERM" }],
  [247, {}],
  [255, {}],
])("exit code %i", (exitCode, more) => {
  expect(exitRecord(ended(exitCode), at, never)).toEqual({ exitCode, ...times, ...more });
});

test("memory that ran out matters to whoever failed", () => {
  expect(exitRecord(ended(1, 1, true), at, never)).toMatchObject({ outOfMemory: true });
  expect(exitRecord(ended(0, 1, true), at, never)).not.toHaveProperty("outOfMemory");
});

test("a time-out is one that we brought about, or that nobody was there to bring about", () => {
  expect(exitRecord(ended(143), at, { timeoutSeconds: 1.5, wasTimedOut: true, unattended: false })).toMatchObject({ timedOut: true });
  expect(exitRecord(ended(0, 10), at, { timeoutSeconds: 10, wasTimedOut: false, unattended: false })).toMatchObject({ timedOut: true });
  expect(exitRecord(ended(0, 9.9), at, { timeoutSeconds: 10, wasTimedOut: false, unattended: false })).not.toHaveProperty("timedOut");
});

test("Docker's zero is no time", () => {
  const zero = "0001-01-01T00:00:00Z";
  const state = containerState({ Status: "created", ExitCode: 0, OOMKilled: false, StartedAt: zero, FinishedAt: zero });
  expect([state.startedAt, state.finishedAt]).toEqual([undefined, undefined]);
});

test("an end that nobody attended is told as such", () => {
  expect(exitRecord(ended(1), at, { ...never, unattended: true })).toEqual({ exitCode: 1, ...times, unattended: true });
});
