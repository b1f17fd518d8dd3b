import type { PlacedNode } from "../placed-node.ts";
import type { WorkflowRun } from "../workflow-run.ts";

/** A queued node begins to run. */
export function runNode(run: WorkflowRun, node: PlacedNode, now: number): void {
  if (run.node(node).phase === "QUEUED") run.enterNodePhase(node, "RUNNING", now, { runningAt: now });
}
