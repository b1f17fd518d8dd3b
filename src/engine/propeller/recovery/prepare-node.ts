import { recoverNode } from "./recover-node.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { PropellerDeps } from "../propeller-deps.ts";
import type { WorkflowRun } from "../workflow-run.ts";

/** A node that may start is taken over from the execution that this one recovers, or queued, or done at once. Starts nothing. */
export async function prepareNode(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode): Promise<void> {
  if (!(await recoverNode(run, deps, node))) await run.handlerOf(node).prepare(run, deps, node);
}
