import { flyteidl } from "../../../../idl/flyteidl.ts";
import { hasStatus } from "../../../../idl/status.ts";
import { nodeExecutionIdentifierOf } from "../../../../idl/identifiers.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { RoundDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/**
 * Where the node of the recovered execution has launched a child, that one is recovered in turn, as `name`. Answers false when
 * there is none. Rejects with admin's StatusErrors. Flyte: nodes/subworkflow/launchplan.go StartLaunchPlan, which does so only
 * for children of nodes that have succeeded, of which none comes here.
 */
export async function recoverChild(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode, name: string): Promise<boolean> {
  const { recovers, spec } = run.definition;
  if (!recovers) return false;
  const past = await deps.past.node({ execution: recovers, nodeId: placed.uniqueId });
  const id = past?.closure?.workflowNodeMetadata?.executionId;
  // Its new name is in the project and domain of the old one.
  if (id == null || id.project !== spec.id.project || id.domain !== spec.id.domain) return false;
  const parentNodeExecution = nodeExecutionIdentifierOf({ execution: spec.id, nodeId: placed.uniqueId });
  try {
    await deps.children.recover(flyteidl.admin.ExecutionRecoverRequest.encode({ id, name, metadata: { parentNodeExecution } }).finish());
    return true;
  } catch (thrown) {
    if (!hasStatus(thrown, "NOT_FOUND")) throw thrown;
    return false;
  }
}
