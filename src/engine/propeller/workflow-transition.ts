/** Flyte's phases of a workflow as propeller keeps them. */
export const workflowPhases = [
  "READY",
  "RUNNING",
  "SUCCEEDING",
  "SUCCESS",
  "FAILING",
  "HANDLING_FAILURE_NODE",
  "FAILED",
  "ABORTING",
  "ABORTED",
] as const;
export type WorkflowPhase = (typeof workflowPhases)[number];

// ABORTING is ours: Flyte has it in the deletion timestamp of its CRD. It ends FAILED when the abort is propeller's own
// (rounds failed too often) or when the clean-up does not succeed.
const next: Readonly<Record<WorkflowPhase, readonly WorkflowPhase[]>> = {
  READY: ["RUNNING", "FAILING", "ABORTING"],
  RUNNING: ["SUCCEEDING", "FAILING", "ABORTING"],
  SUCCEEDING: ["SUCCESS", "ABORTING"],
  SUCCESS: [],
  FAILING: ["HANDLING_FAILURE_NODE", "FAILED", "ABORTING"],
  HANDLING_FAILURE_NODE: ["FAILED", "ABORTING"],
  FAILED: [],
  ABORTING: ["ABORTED", "FAILED"],
  ABORTED: [],
};

export function canWorkflowGo(from: WorkflowPhase, to: WorkflowPhase): boolean {
  return next[from].includes(to);
}

export function isWorkflowOver(phase: WorkflowPhase): boolean {
  return phase === "SUCCESS" || phase === "FAILED" || phase === "ABORTED";
}
