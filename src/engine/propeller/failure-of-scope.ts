import type { Failure } from "./state.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** Why a workflow that is failing does so: the execution's own, or the one within a node. */
export function failureOfScope(run: WorkflowRun, { within }: Scope): Failure | undefined {
  return within ? run.node(within.node).failureWithin : run.state.failure;
}
