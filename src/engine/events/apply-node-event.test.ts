import { describe, expect, test } from "vitest";
import { nodePhases } from "../../idl/phases.ts";
import { nodeVerdict } from "./apply-node-event.ts";

// The oracle, in the order of the proto enum: UNDEFINED, QUEUED, RUNNING, SUCCEEDED, FAILING, FAILED, ABORTED, SKIPPED,
// TIMED_OUT, DYNAMIC_RUNNING, RECOVERED. + recorded, = repeat, # after the end.
const oracle = [
  "=++++++++++", // UNDEFINED
  "==+++++++++", // QUEUED
  "===++++++++", // RUNNING
  "###=#######", // SUCCEEDED
  "==++=++++++", // FAILING
  "#####=#####", // FAILED
  "######=####", // ABORTED
  "#######=###", // SKIPPED
  "########=##", // TIMED_OUT
  "==+++++++=+", // DYNAMIC_RUNNING
  "##########=", // RECOVERED
];
const letters = { record: "+", repeat: "=", terminal: "#" } as const;

describe("a node event", () => {
  test.for(nodePhases.map((from, index) => [from, oracle[index]] as const))("on %s: %s", ([from, expected]) => {
    expect(nodePhases.map((to) => letters[nodeVerdict(from, to)]).join("")).toBe(expected);
  });
});
