import { expect, test } from "vitest";
import { childOutcome, vanishedChild } from "./child-outcome.ts";
import { executionPhaseNumber, executionPhases } from "../../../../idl/phases.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";

const { USER, SYSTEM, UNKNOWN } = flyteidl.core.ExecutionError.ErrorKind;
const error = (kind: number) => ({ code: "Boom", message: "it broke", kind });
const unsaid = { failure: { code: "LaunchPlanExecutionFailed", message: "Unknown Error", kind: "UNKNOWN" } };
const aborted = {
  failure: {
    code: "RemoteChildWorkflowExecutionFailed",
    message:
      "failed at Node[n0]. RemoteChildWorkflowExecutionFailed: launchplan [ex-n0-0] aborted, caused by: launchplan execution aborted",
    kind: "USER",
  },
};

// By the phases of the API, each of them.
const expected: Readonly<Record<string, unknown>> = {
  UNDEFINED: "UNDER_WAY",
  QUEUED: "UNDER_WAY",
  RUNNING: "UNDER_WAY",
  SUCCEEDING: "UNDER_WAY",
  SUCCEEDED: "SUCCEEDED",
  FAILING: "UNDER_WAY",
  FAILED: unsaid,
  ABORTED: aborted,
  TIMED_OUT: unsaid,
  ABORTING: "UNDER_WAY",
};

test("every phase of a child means one thing for its node", () => {
  const outcomes = executionPhases.map((phase) => [phase, childOutcome("n0", "ex-n0-0", { phase: executionPhaseNumber(phase) })]);
  expect(Object.fromEntries(outcomes)).toEqual(expected);
});

test.each([
  [USER, "USER"],
  [SYSTEM, "SYSTEM"],
  [UNKNOWN, "UNKNOWN"],
])("the error of a failed child is the node's, of kind %s", (kind, name) => {
  for (const phase of [executionPhaseNumber("FAILED"), executionPhaseNumber("TIMED_OUT")]) {
    expect(childOutcome("n0", "c", { phase, error: error(kind) })).toEqual({ failure: { code: "Boom", message: "it broke", kind: name } });
  }
});

test("a child that is gone is the system's failure", () => {
  expect(vanishedChild("n0", "ex-n0-0", "rpc error: code = NotFound desc = no such execution").failure).toEqual({
    code: "RemoteChildWorkflowExecutionFailed",
    kind: "SYSTEM",
    message:
      "failed at Node[n0]. RemoteChildWorkflowExecutionFailed: launch-plan not found, caused by: [NotFound] execID [ex-n0-0] not found on remote, caused by: rpc error: code = NotFound desc = no such execution",
  });
});
