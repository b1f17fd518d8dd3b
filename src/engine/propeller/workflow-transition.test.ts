import { expect, test } from "vitest";
import { canWorkflowGo, isWorkflowOver, workflowPhases } from "./workflow-transition.ts";

// Flyte's transitions of a workflow, as a list; ABORTING stands for its abort path, open to all that has not ended.
const allowed = new Set([
  "READY RUNNING",
  "READY FAILING",
  "RUNNING SUCCEEDING",
  "RUNNING FAILING",
  "SUCCEEDING SUCCESS",
  "FAILING FAILED",
  "FAILING HANDLING_FAILURE_NODE",
  "HANDLING_FAILURE_NODE FAILED",
  "READY ABORTING",
  "RUNNING ABORTING",
  "SUCCEEDING ABORTING",
  "FAILING ABORTING",
  "HANDLING_FAILURE_NODE ABORTING",
  "ABORTING ABORTED",
  "ABORTING FAILED",
]);

test.each(workflowPhases.flatMap((from) => workflowPhases.map((to) => [from, to] as const)))("%s → %s", (from, to) => {
  expect(canWorkflowGo(from, to)).toBe(allowed.has(`${from} ${to}`));
});

test("over", () => {
  expect(workflowPhases.filter(isWorkflowOver)).toEqual(["SUCCESS", "FAILED", "ABORTED"]);
});
