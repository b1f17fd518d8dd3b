import { endNodeId, startNodeId } from "./node-ids.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import { isNodeOver } from "./node-transition.ts";
import type { Failure } from "./state.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowRun } from "./workflow-run.ts";

const failImmediately = flyteidl.core.WorkflowMetadata.OnFailurePolicy.FAIL_IMMEDIATELY;

export const timeoutInNode: Failure = { code: "Timeout", message: "Timeout in node", kind: "USER" };

/**
 * What the nodes that have ended mean for their workflow: undefined while it goes on. With the policy to go on, that failure counts, once
 * nothing more can run, which comes last in a walk from the start node to the nodes after each, by their ids: not that which happened
 * last. The policy is the execution's, in sub-workflows too. Flyte: nodes/executor.go handleDownstream.
 */
export function failureOfNodes(run: WorkflowRun, scope: Scope): Failure | undefined {
  if (!scope.hasFailure) return undefined;
  const policy = run.definition.template.metadata?.onFailure ?? failImmediately;
  if (policy === failImmediately) return latestFailure(run, scope);
  return scope.nodes.every((node) => isNodeOver(run.node(node).phase)) ? lastFailureOnWalk(run, scope) : undefined;
}

function failureOfNode(run: WorkflowRun, node: PlacedNode): Failure | undefined {
  const { phase, failure } = run.node(node);
  return phase === "TIMED_OUT" ? timeoutInNode : phase === "FAILED" ? failure : undefined;
}

function latestFailure(run: WorkflowRun, scope: Scope): Failure | undefined {
  let last: { at: number; failure: Failure } | undefined;
  for (const node of scope.nodes) {
    const failure = failureOfNode(run, node);
    const { since } = run.node(node);
    if (failure && (!last || since >= last.at)) last = { at: since, failure };
  }
  return last?.failure;
}

function lastFailureOnWalk(run: WorkflowRun, scope: Scope): Failure | undefined {
  const found = new Map<PlacedNode, Failure | undefined>();
  // Each node comes after all it waits for: from behind, what is after a node is known.
  for (const node of scope.nodes.toReversed()) {
    const after = [...node.downstream].sort((a, b) => (a.id < b.id ? -1 : 1));
    found.set(node, failureOfNode(run, node) ?? after.map((each) => found.get(each)).findLast((failure) => failure !== undefined));
  }
  const start = scope.own(startNodeId);
  return start && found.get(start);
}

/** All of a graph that has no failure is done. A workflow whose end node is skipped has succeeded, without outputs. */
export function isScopeComplete(run: WorkflowRun, scope: Scope): boolean {
  const end = scope.own(endNodeId);
  if (!end || scope.atWork.size > 0) return false;
  const { phase } = run.node(end);
  return phase === "SUCCEEDED" || phase === "SKIPPED";
}

/** What a workflow fails with once its failure node has ended; undefined while that goes on. */
export function failureAfterHandling(run: WorkflowRun, scope: Scope, original: Failure): Failure | undefined {
  if (!scope.failureNode) return original;
  const { phase, failure } = run.node(scope.failureNode);
  if (phase === "TIMED_OUT") return { code: "TimedOut", message: "FailureNode Timed-out", kind: "USER" };
  if (phase === "FAILED") return failure ?? original;
  return isNodeOver(phase) ? original : undefined;
}
