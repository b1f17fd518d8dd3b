import { abortNodes } from "../../abort-nodes.ts";
import { copyOutputs } from "../end-composite.ts";
import { endNodeId, startNodeId } from "../../node-ids.ts";
import { expireAttempt, failAttempt } from "../../end-attempt.ts";
import { failureOfNodes, isScopeComplete, timeoutInNode } from "../../outcome-of-scope.ts";
import { finishStartNode } from "../start/handler.ts";
import { finishTask } from "../task/finish-task.ts";
import { programOfAttempt } from "./compiled-workflow.ts";
import { Scope } from "../../scope.ts";
import type { Failure } from "../../state.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

const noInputs = new Uint8Array();
const failed = "Dynamic workflow failed";

/** The graph that an attempt of a task has made; without nodes when it is lost. */
export const openDynamic: NonNullable<NodeHandler["open"]> = async (run, deps, node, attempt) => {
  const program = await programOfAttempt(run, deps, node, attempt);
  const place = { node, attempt };
  return program
    ? new Scope({ program, graph: program.primary.graph, place, isDynamic: true })
    : new Scope({ program: node.scope.program, graph: { nodes: [], armsUpstream: new Map() }, place, isDynamic: true });
};

/** The outputs of the workflow become the node's, as if the task itself had left them. */
async function complete(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, scope: Scope): Promise<void> {
  const end = scope.own(endNodeId);
  const isOwed = (end?.node.inputs ?? []).length > 0;
  if (end && isOwed && !(await copyOutputs(run, deps, end, node))) {
    const message = ` is expected to produce outputs but no outputs file was written to ${end.layout.outputs(0)}.`;
    failAttempt(run, deps, node, { code: "DynamicWorkflowOutputsNotFound", message, kind: "SYSTEM" }, true, deps.clock.now());
    return;
  }
  const { outcome, patch, reservation } = await finishTask(run, deps, node, false);
  const now = deps.clock.now();
  const { task } = run.node(node);
  if (outcome.kind === "FAILURE") failAttempt(run, deps, node, outcome.error, outcome.retryable, now);
  else run.enterNodePhase(node, "SUCCEEDING", now, { ...patch, ...(task && reservation && { task: { ...task, reservation } }) });
}

/** What runs beside is aborted before the node fails: for good, or, after a time-out within, so that another attempt follows. */
function fail(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, scope: Scope, failure: Failure): void {
  const { dynamic } = run.node(node);
  const isTimeout = failure === timeoutInNode;
  run.patchNode(node, {
    failureWithin: isTimeout ? { code: "DynamicNodeFailing", message: failed, kind: "UNKNOWN" } : failure,
    dynamic: { isFinalized: true, ...dynamic, isRetryable: isTimeout },
  });
  abortNodes(run, scope, failed, deps.clock.now());
}

/** Follows the workflow that a task has made. Flyte: nodes/dynamic/handler.go, dynamic_workflow.go progressDynamicWorkflow. */
export const advanceDynamic: NonNullable<NodeHandler["advance"]> = async (run, deps, node, mayEnd) => {
  const { attempt, reported, task, dynamic, failureWithin } = run.node(node);
  const scope = await run.openScope(deps, node, attempt);
  const start = scope.own(startNodeId);
  if (!start) {
    const message = "the workflow that the task made is not in the object store any more";
    failAttempt(run, deps, node, { code: "DynamicWorkflowLost", message, kind: "SYSTEM" }, true, deps.clock.now());
    return true;
  }
  // Admin may find it too large: then nothing of it has begun.
  if (reported !== "DYNAMIC_RUNNING") return false;
  if (run.node(start).phase === "NOT_YET_STARTED") {
    await finishStartNode(run, deps, scope, noInputs);
    return true;
  }
  if (!mayEnd) return false;
  if (failureWithin) {
    if (scope.atWork.size > 0) return false;
    failAttempt(run, deps, node, failureWithin, dynamic?.isRetryable ?? false, deps.clock.now());
    return true;
  }
  const failure = failureOfNodes(run, scope);
  if (failure) {
    fail(run, deps, node, scope, failure);
    return true;
  }
  if (isScopeComplete(run, scope)) {
    await complete(run, deps, node, scope);
    return true;
  }
  return expireAttempt(run, deps, node, task?.runningAt);
};
