import { largestFile } from "../../largest-file.ts";
import { abortNodes } from "../../abort-nodes.ts";
import { copyOutputs, failComposite, succeedComposite } from "../end-composite.ts";
import { endNodeId, startNodeId } from "../../node-ids.ts";
import { expireAttempt, runningSince } from "../../end-attempt.ts";
import { failureAfterHandling, failureOfNodes, isScopeComplete } from "../../outcome-of-scope.ts";
import { finishStartNode } from "../start/handler.ts";
import { prepareNode } from "../../recovery/prepare-node.ts";
import { queueNode } from "../queue-node.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { runNode } from "../run-node.ts";
import { Scope } from "../../scope.ts";
import type { Failure } from "../../state.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** Once all is aborted the failure node runs, and then the node fails, for good: only a time-out is tried again. */
async function followFailure(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, scope: Scope, original: Failure): Promise<boolean> {
  const { failureNode } = scope;
  if (failureNode && run.node(failureNode).phase === "NOT_YET_STARTED") {
    if (scope.atWork.size > 0) return expireAttempt(run, deps, node, runningSince(run.node(node)));
    await prepareNode(run, deps, failureNode);
    return true;
  }
  const failure = scope.atWork.size > 0 ? undefined : failureAfterHandling(run, scope, original);
  if (!failure) return expireAttempt(run, deps, node, runningSince(run.node(node)));
  failComposite(run, node, deps.clock.now(), failure);
  return true;
}

async function complete(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, scope: Scope): Promise<void> {
  const end = scope.own(endNodeId);
  const isOwed = (end?.node.inputs ?? []).length > 0;
  const hasOutputs = isOwed && end !== undefined && (await copyOutputs(run, deps, end, node));
  if (hasOutputs || !isOwed) {
    succeedComposite(run, node, deps.clock.now(), hasOutputs);
    return;
  }
  const message = `Subworkflow is expected to produce outputs but no outputs file was written to ${end?.layout.outputs(0) ?? ""}.`;
  failComposite(run, node, deps.clock.now(), { code: "SubWorkflowExecutionFailed", message, kind: "SYSTEM" });
}

/** A node that runs another workflow as part of its own. Flyte: nodes/subworkflow/subworkflow.go. */
export const workflowHandler: NodeHandler = {
  isCounted: false,
  prepare: queueNode,
  async open(_run, _deps, node, attempt) {
    const { program } = node.scope;
    const workflow = program.workflowOf(node.node);
    if (!workflow) throw new RangeError(`node [${node.key}] runs no workflow`);
    const { graph, template } = workflow;
    return new Scope({ program, graph, failureNode: template.failureNode, place: { node, attempt } });
  },
  async advance(run, deps, node, mayEnd) {
    const { attempt, failureWithin } = run.node(node);
    const scope = await run.openScope(deps, node, attempt);
    const start = scope.own(startNodeId);
    if (start && run.node(start).phase === "NOT_YET_STARTED") {
      await finishStartNode(run, deps, scope, await readBlob(deps.blobs, node.layout.inputs, largestFile));
      runNode(run, node, deps.clock.now());
      return true;
    }
    if (!mayEnd) return false;
    if (failureWithin) return await followFailure(run, deps, node, scope, failureWithin);
    const failure = failureOfNodes(run, scope);
    if (failure) {
      run.patchNode(node, { failureWithin: failure });
      abortNodes(run, scope, "subworkflow failed", deps.clock.now());
      return true;
    }
    if (isScopeComplete(run, scope)) {
      await complete(run, deps, node, scope);
      return true;
    }
    return expireAttempt(run, deps, node, runningSince(run.node(node)));
  },
  retry: (run, _deps, node) => (run.scopeWithin(node)?.atWork.size ? undefined : { failureWithin: undefined }),
};
