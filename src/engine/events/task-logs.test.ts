import { describe, expect, test } from "vitest";
import { taskPhases } from "../../idl/phases.ts";
import { logsInPhase, mergeLogs } from "./task-logs.ts";

describe("log links", () => {
  test("of an event come first and replace those of the same URI or name", () => {
    const known = [
      { name: "a", uri: "1" },
      { name: "b", uri: "2" },
      { name: "c", uri: "3" },
    ];
    const latest = [
      { name: "a", uri: "4" },
      { name: "d", uri: "2" },
    ];
    expect(mergeLogs(known, latest)).toEqual([
      { name: "a", uri: "4" },
      { name: "d", uri: "2" },
      { name: "c", uri: "3" },
    ]);
    expect(mergeLogs(known, [])).toEqual(known);
    expect(mergeLogs([], latest)).toEqual(latest);
  });

  // What is shown of four links: plain, ShowWhilePending, HideOnceFinished, both.
  const shown: Record<(typeof taskPhases)[number], string> = {
    UNDEFINED: "plain pending hidden both",
    QUEUED: "pending both",
    RUNNING: "plain pending hidden both",
    SUCCEEDED: "plain pending",
    ABORTED: "plain pending",
    FAILED: "plain pending",
    INITIALIZING: "pending both",
    WAITING_FOR_RESOURCES: "plain pending hidden both",
    RETRYABLE_FAILED: "plain pending hidden both",
  };
  test.for(taskPhases)("in %s", (phase) => {
    const logs = [
      { name: "plain" },
      { name: "pending", ShowWhilePending: true },
      { name: "hidden", HideOnceFinished: true },
      { name: "both", ShowWhilePending: true, HideOnceFinished: true },
    ];
    expect(
      logsInPhase(logs, phase)
        .map((one) => one.name)
        .join(" "),
    ).toBe(shown[phase]);
  });
});
