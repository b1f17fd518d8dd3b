import { largestFile } from "../../largest-file.ts";
import { attemptRulesOf } from "../../attempt-rules.ts";
import { childExecutionName } from "../../../../idl/names.ts";
import { childOutcome, vanishedChild } from "./child-outcome.ts";
import { expireAttempt, failAttempt, runningSince } from "../../end-attempt.ts";
import { encodeLiteralMap } from "../../inputs.ts";
import { formatGoDuration } from "../../go-duration.ts";
import { hasStatus, rpcErrorText, StatusError } from "../../../../idl/status.ts";
import { inputsOf } from "../node-inputs.ts";
import { launchRequest } from "./launch-request.ts";
import { queueNode } from "../queue-node.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { recoverChild } from "./recover-child.ts";
import { runNode } from "../run-node.ts";
import type { ChildState, Failure } from "../../state.ts";
import type { flyteidl } from "../../../../idl/flyteidl.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { RoundDeps } from "../../propeller-deps.ts";
import type { StatusName } from "../../../../idl/status.ts";
import type { WorkflowExecutionId } from "../../../../idl/identifiers.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** The child of the present attempt, launched or not: the same name whenever it is asked for. */
function childOf(run: WorkflowRun, placed: PlacedNode): WorkflowExecutionId {
  const { project, domain, name } = run.definition.spec.id;
  return { project, domain, name: childExecutionName(name, placed.uniqueId, run.node(placed).attempt) };
}

function fail(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode, failure: Failure, child?: ChildState): void {
  failAttempt(run, deps, placed, failure, false, deps.clock.now(), child && { child });
}

/** Tried again by the round: nobody knows whether admin has taken it. */
const troubles: readonly StatusName[] = ["UNAVAILABLE", "DATA_LOSS", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "CANCELLED"];

/** Starts the child; one that is there already is ours, of a round that did not come to its end. Answers whether it may have ended meanwhile. */
async function launch(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): Promise<boolean> {
  const child = childOf(run, placed);
  const inputs = placed.element
    ? encodeLiteralMap(await inputsOf(run, deps, placed))
    : await readBlob(deps.blobs, placed.layout.inputs, largestFile);
  let isKnown = false;
  try {
    if (!(await recoverChild(run, deps, placed, child.name)))
      await deps.children.create(launchRequest(run.definition, placed, child.name, inputs, deps.settings.rawOutputPrefix));
  } catch (thrown) {
    if (!(thrown instanceof StatusError) || troubles.includes(thrown.status)) throw thrown;
    if (thrown.status !== "ALREADY_EXISTS") {
      const message = `[UserError] failed to launch workflow, caused by: ${rpcErrorText(thrown)}`;
      fail(run, deps, placed, { code: "RuntimeExecutionError", message, kind: "USER" });
      return false;
    }
    isKnown = true;
  }
  const now = deps.clock.now();
  run.patchNode(placed, { child: { name: child.name, phase: "LAUNCHED" }, runningAt: run.node(placed).runningAt ?? now });
  runNode(run, placed, now);
  return isKnown;
}

/** Admin's word; what is too large for that lies where the child left it. */
async function outputsOf(
  deps: RoundDeps,
  child: WorkflowExecutionId,
  closure: flyteidl.admin.ExecutionClosure.$Properties,
): Promise<Uint8Array> {
  const outputs = await deps.children.outputs(child);
  const uri = closure.outputs?.uri;
  return outputs.length === 0 && uri ? await readBlob(deps.blobs, uri, largestFile) : outputs;
}

/** Asks how the child is, and lets the node follow. */
async function follow(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): Promise<void> {
  const child = childOf(run, placed);
  const ended: ChildState = { name: child.name, phase: "ENDED" };
  let closure: flyteidl.admin.ExecutionClosure.$Properties;
  try {
    closure = await deps.children.get(child);
  } catch (thrown) {
    if (!hasStatus(thrown, "NOT_FOUND")) throw thrown;
    fail(run, deps, placed, vanishedChild(placed.id, child.name, rpcErrorText(thrown)).failure, ended);
    return;
  }
  const outcome = childOutcome(placed.id, child.name, closure);
  if (outcome === "UNDER_WAY") {
    expireAttempt(run, deps, placed, runningSince(run.node(placed)));
  } else if (outcome === "SUCCEEDED") {
    const outputs = await outputsOf(deps, child, closure);
    await deps.blobs.put(placed.layout.outputs(run.node(placed).attempt), outputs, { isPutAgain: true });
    run.enterNodePhase(placed, "SUCCEEDING", deps.clock.now(), { hasOutputs: true, child: ended });
  } else {
    fail(run, deps, placed, outcome.failure, ended);
  }
}

/** Why a child that may still run is terminated. */
function reasonOf(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): string {
  const { phase, failure } = run.node(placed);
  if (phase === "TIMING_OUT") return "node timed out";
  if (phase === "FAILING") return "node failing";
  if (phase === "ABORTING") return failure?.message ?? "";
  const { execution } = attemptRulesOf(run.definition, deps.settings, placed).deadlines;
  return `task execution timeout [${formatGoDuration(execution)}] expired`;
}

/** Terminates the child of the present attempt unless it has ended. It is not waited for. */
async function terminate(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): Promise<void> {
  const { child, phase, reported } = run.node(placed);
  // A child that is not known may have been launched all the same, in a round that was lost; not when admin has refused it.
  const mayRun = child ? child.phase === "LAUNCHED" : phase !== "FAILING" && reported !== "UNDEFINED";
  if (!mayRun) return;
  const { name } = run.definition.spec.id;
  const cause = `cascading abort as parent execution id [${name}] aborted, reason [${reasonOf(run, deps, placed)}]`;
  try {
    await deps.children.terminate(childOf(run, placed), cause);
  } catch (thrown) {
    if (!hasStatus(thrown, "NOT_FOUND", "FAILED_PRECONDITION")) throw thrown;
  }
}

/** A node that launches a launch plan: an execution of its own. Flyte: nodes/subworkflow/launchplan.go. */
export const launchPlanHandler: NodeHandler = {
  isCounted: true,
  // The child names the node as its parent.
  isAskedOnceReported: () => true,
  prepare: queueNode,
  async handle(run, deps, node) {
    const isNew = run.node(node).child === undefined;
    if (!isNew || (await launch(run, deps, node))) await follow(run, deps, node);
    return [];
  },
  async clean(run, deps, node) {
    if (run.node(node).phase !== "SUCCEEDING") await terminate(run, deps, node);
    if (run.node(node).phase !== "RETRYABLE_FAILURE") run.finishCleaning(node);
    else run.patchNode(node, { child: { name: childOf(run, node).name, phase: "TERMINATED" } });
  },
  retry: (run, _deps, node) => (run.node(node).child?.phase === "TERMINATED" ? { child: undefined } : undefined),
  isLeftAlone: (_node, { child }) => child !== undefined,
};
