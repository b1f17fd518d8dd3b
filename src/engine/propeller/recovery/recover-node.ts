import { nodePhaseOf } from "../../../idl/phases.ts";
import { resumeArray, resumeDynamic, resumeTask } from "./resume-node.ts";
import { takeOverNode } from "./take-over-node.ts";
import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { PropellerDeps } from "../propeller-deps.ts";
import type { WorkflowRun } from "../workflow-run.ts";

/** A node of the execution that is recovered. */
export type PastNode = flyteidl.admin.NodeExecution.$Properties;

/**
 * Prepares a node by what became of the node of the same unique id in the execution that is recovered: all of it is taken over
 * when it has succeeded, else what of it is of use. Answers false when nothing is, so that the node is prepared as any other.
 * Flyte: nodes/executor.go attemptRecovery.
 */
export async function recoverNode(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode): Promise<boolean> {
  const { recovers } = run.definition;
  // The outputs of a whole graph are gathered anew, from what was taken over and what was not.
  if (!recovers || node.kind === "end" || node.kind === "element") return false;
  const past = await deps.past.node({ execution: recovers, nodeId: node.uniqueId });
  switch (nodePhaseOf(past?.closure?.phase)) {
    case "SUCCEEDED":
    case "RECOVERED":
      return past !== undefined && (await takeOverNode(run, deps, node, past));
    case "UNDEFINED":
    case "SKIPPED":
      return false;
    case "QUEUED":
    case "RUNNING":
    case "FAILING":
    case "FAILED":
    case "ABORTED":
    case "TIMED_OUT":
    case "DYNAMIC_RUNNING":
      return past !== undefined && (await resume(run, deps, node, past));
  }
}

async function resume(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, past: PastNode): Promise<boolean> {
  if (node.kind === "array") return await resumeArray(run, deps, node, past);
  if (node.kind !== "task") return false;
  return past.metadata?.isDynamic && past.closure?.dynamicJobSpecUri
    ? await resumeDynamic(run, deps, node, past.closure.dynamicJobSpecUri)
    : await resumeTask(run, deps, node, past.closure?.taskNodeMetadata?.checkpointUri ?? "");
}
