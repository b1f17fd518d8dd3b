import { endNodeId } from "./node-ids.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import { isNodeOver } from "./node-transition.ts";
import type { Failure } from "./state.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowRun } from "./workflow-run.ts";

const failImmediately = flyteidl.core.WorkflowMetadata.OnFailurePolicy.FAIL_IMMEDIATELY;

export const timeoutInNode: Failure = { code: "Timeout", message: "Timeout in node", kind: "USER" };

/**
 * What the nodes that have ended mean for their workflow: undefined while it goes on. With the policy to go on, the last
 * failure counts, once nothing more can run. The policy is the execution's, in sub-workflows too. Flyte: nodes/executor.go
 * handleDownstream.
 */
export function failureOfNodes(run: WorkflowRun, scope: Scope): Failure | undefined {
  if (!scope.hasFailure) return undefined;
  let last: { at: number; failure: Failure } | undefined;
  for (const node of scope.nodes) {
    const { phase, failure, since } = run.node(node);
    const own = phase === "TIMED_OUT" ? timeoutInNode : phase === "FAILED" ? failure : undefined;
    if (own && (!last || since >= last.at)) last = { at: since, failure: own };
  }
  if (!last) return undefined;
  const policy = run.definition.template.metadata?.onFailure ?? failImmediately;
  return policy === failImmediately || scope.nodes.every((node) => isNodeOver(run.node(node).phase)) ? last.failure : undefined;
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
