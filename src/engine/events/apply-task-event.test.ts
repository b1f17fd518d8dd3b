import { expect, test } from "vitest";
import { taskPhases } from "../../idl/phases.ts";
import { taskVerdict } from "./apply-task-event.ts";

// From the API: what ends a task. A retryable failure does not.
const ends = ["SUCCEEDED", "ABORTED", "FAILED"];

test.for(taskPhases)("a task event on %s", (from) => {
  for (const to of taskPhases) {
    for (const [stored, sent] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [1, 2],
    ] as const) {
      const wanted = from === to && sent <= stored ? "repeat" : ends.includes(from) ? "terminal" : "record";
      expect([to, stored, sent, taskVerdict({ phase: from, version: stored }, { phase: to, version: sent })]).toEqual([
        to,
        stored,
        sent,
        wanted,
      ]);
    }
  }
});
