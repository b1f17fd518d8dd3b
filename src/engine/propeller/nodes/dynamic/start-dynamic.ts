import { failAttempt } from "../../end-attempt.ts";
import { makeCompiledWorkflow } from "./compiled-workflow.ts";
import type { NodeState } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** A task has made a workflow: its node goes on running. Nothing of the task may be removed before that is saved. */
export function beginDynamic(run: WorkflowRun, node: PlacedNode, at: number, patch: Partial<NodeState>): void {
  const { phase, runningAt } = run.node(node);
  const begun: Partial<NodeState> = { ...patch, runningAt: runningAt ?? patch.runningAt ?? at, dynamic: { isFinalized: false } };
  if (phase === "QUEUED") run.enterNodePhase(node, "RUNNING", at, begun);
  else run.patchNode(node, begun);
}

/** Cleans up after the task if need be, and compiles what it has made: the node has failed for good when that cannot be done. */
export async function startDynamic(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  finalize: () => Promise<void> | undefined,
): Promise<void> {
  await finalize();
  const { attempt } = run.node(node);
  const failure = await makeCompiledWorkflow(run, deps, node, attempt);
  const now = deps.clock.now();
  if (failure) {
    failAttempt(run, deps, node, failure, false, now, { dynamic: { isFinalized: true } });
    return;
  }
  run.patchNode(node, { dynamic: { isFinalized: true, startedAt: now } });
  // Admin is told of it with all that is in it.
  await run.openScope(deps, node, attempt);
}
