import { describe, expect, test } from "vitest";
import { executionPhases } from "../../idl/phases.ts";
import { executionVerdict } from "./execution-transitions.ts";

// The oracle: one row a stored phase, one letter a phase of the event, both in the order of the proto enum: UNDEFINED,
// QUEUED, RUNNING, SUCCEEDING, SUCCEEDED, FAILING, FAILED, ABORTED, TIMED_OUT, ABORTING.
// + recorded, = repeat, # terminal, < backwards, ! aborting.
const oracle = [
  "=+++++++++", // UNDEFINED
  "++++++++++", // QUEUED: may be announced again
  "+<=+++++++", // RUNNING
  "++==++++++", // SUCCEEDING: RUNNING is told again after a crash
  "####=#####", // SUCCEEDED
  "++=++=++++", // FAILING: as after SUCCEEDING
  "######=###", // FAILED
  "#######=##", // ABORTED
  "########=#", // TIMED_OUT
  "!!!!+!+++=", // ABORTING
];
const letters = { record: "+", repeat: "=", terminal: "#", backwards: "<", aborting: "!" } as const;

describe("a workflow event", () => {
  test.for(executionPhases.map((from, index) => [from, oracle[index]] as const))("on %s: %s", ([from, expected]) => {
    expect(executionPhases.map((to) => letters[executionVerdict(from, to)]).join("")).toBe(expected);
  });
});
