import { largestFile } from "../../largest-file.ts";
import { abortNodes } from "../../abort-nodes.ts";
import { ArrayScope } from "./array-scope.ts";
import { elementsAtATime, sharesParallelism, verdictOf } from "./array-rules.ts";
import { countElements } from "./counts.ts";
import { effectsAtATime, roomOf } from "../../node-executor.ts";
import { entityIdOf } from "../../../../idl/identifiers.ts";
import { expireAttempt, runningSince } from "../../end-attempt.ts";
import { failComposite, succeedComposite } from "../end-composite.ts";
import { gatherOutputs } from "./gather-outputs.ts";
import { mapBounded } from "../../map-bounded.ts";
import { nextTelling } from "./array-events.ts";
import { prepareArray } from "./prepare-array.ts";
import { prepareNode } from "../../recovery/prepare-node.ts";
import { runNode } from "../run-node.ts";
import { summarizeFailures } from "./summarize-failures.ts";
import type { Failure } from "../../state.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** Of the summary of what elements failed with. */
const longestSummary = 100 * 1024;

async function scopeOf(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode): Promise<ArrayScope> {
  const scope = await run.openScope(deps, node, run.node(node).attempt);
  if (!(scope instanceof ArrayScope)) throw new RangeError(`node [${node.key}] is no array`);
  return scope;
}

/** Begins elements, as many as may be at work. Answers whether it has begun any. */
async function begin(run: WorkflowRun, deps: PropellerDeps, scope: ArrayScope): Promise<boolean> {
  const array = scope.array.node.arrayNode ?? {};
  const atWork = scope.atWork.size;
  const { arrayParallelism } = deps.settings;
  const room = sharesParallelism(array, arrayParallelism) ? roomOf(run, deps) : Infinity;
  const most = elementsAtATime(array, arrayParallelism, atWork, room);
  const ready: PlacedNode[] = [];
  while (atWork + ready.length < most) {
    const placed = scope.takeNext();
    if (!placed) break;
    ready.push(placed);
  }
  // Other arrays begin elements meanwhile.
  for (const placed of ready) run.beginning.add(placed);
  const results = await mapBounded(ready, effectsAtATime, (placed) => prepareNode(run, deps, placed));
  for (const placed of ready) run.beginning.delete(placed);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) {
    scope.forgetUnbegun(run);
    throw failed.reason;
  }
  return ready.length > 0;
}

/** Notes what the elements failed with that failed first; later failures do not change it. */
function noteFailures(run: WorkflowRun, node: PlacedNode, scope: ArrayScope): void {
  const { array } = run.node(node);
  if (!array || array.failure !== undefined) return;
  const messages = new Map<number, string>();
  for (const [index, placed] of scope.live) {
    const { phase, failure } = run.node(placed);
    if ((phase === "FAILING" || phase === "FAILED") && failure) messages.set(index, failure.message);
  }
  if (messages.size > 0) run.patchNode(node, { array: { ...array, failure: summarizeFailures(messages, longestSummary) } });
}

function failureOf(run: WorkflowRun, node: PlacedNode): Failure {
  const message = run.node(node).array?.failure;
  // Neither a code nor a kind, as Flyte has it.
  return message === undefined
    ? { code: "ArrayNodeFailing", message: "Unknown reason", kind: "UNKNOWN" }
    : { code: "", message, kind: "UNKNOWN" };
}

/** What each element gives; of a launch plan only admin knows. */
async function outputNamesOf({ launchPlans }: PropellerDeps, { array, program }: ArrayScope): Promise<readonly string[]> {
  const inner = array.node.arrayNode?.node ?? {};
  const plan = inner.workflowNode?.launchplanRef;
  const outputs = plan == null ? program.taskOf(inner)?.interface?.outputs : (await launchPlans.typesOf(entityIdOf(plan)))?.expectedOutputs;
  return Object.keys(outputs?.variables ?? {});
}

async function succeed(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, scope: ArrayScope): Promise<void> {
  const names = await outputNamesOf(deps, scope);
  const outputs = await gatherOutputs(run, deps.blobs, scope, names, largestFile);
  if (outputs) {
    await deps.blobs.put(node.layout.outputs(run.node(node).attempt), outputs, { isPutAgain: true });
    succeedComposite(run, node, deps.clock.now(), true);
  } else {
    const message = `the outputs of [${scope.size}] elements have more than the limit of [${largestFile}] bytes`;
    failComposite(run, node, deps.clock.now(), { code: "OutputSizeExceeded", message, kind: "USER" });
  }
}

/** Ends an array whose elements say so. Answers whether anything has changed. */
async function end(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, scope: ArrayScope): Promise<boolean> {
  const { failureWithin } = run.node(node);
  if (failureWithin) {
    if (scope.atWork.size > 0) return false;
    failComposite(run, node, deps.clock.now(), failureWithin);
    return true;
  }
  switch (verdictOf(node.node.arrayNode ?? {}, scope.size, countElements(run, scope))) {
    case "FAILING":
      run.patchNode(node, { failureWithin: failureOf(run, node) });
      abortNodes(run, scope, "ArrayNodeFailing", deps.clock.now());
      return true;
    case "SUCCEEDING":
      if (scope.atWork.size > 0) return false;
      await succeed(run, deps, node, scope);
      return true;
    case "EXECUTING":
      return expireAttempt(run, deps, node, runningSince(run.node(node)));
  }
}

/** A node that runs another one for each element of its lists. Flyte: nodes/array/handler.go. */
export const arrayHandler: NodeHandler = {
  isCounted: true,
  prepare: prepareArray,
  async open(run, deps, node, attempt) {
    const { array } = run.node(node);
    if (!array) throw new RangeError(`array [${node.key}] has no size`);
    return new ArrayScope(run, node, attempt, array.size, sharesParallelism(node.node.arrayNode ?? {}, deps.settings.arrayParallelism));
  },
  async advance(run, deps, node, mayEnd) {
    // What is begun in one commit with what it waits for may turn out not to begin; its elements begin afterwards.
    if (!mayEnd && run.begun.has(node)) return false;
    const scope = await scopeOf(run, deps, node);
    const isNew = run.node(node).phase === "QUEUED";
    runNode(run, node, deps.clock.now());
    noteFailures(run, node, scope);
    const settled = scope.settle(run);
    const begun = run.node(node).failureWithin === undefined && (await begin(run, deps, scope));
    return (mayEnd && (await end(run, deps, node, scope))) || isNew || settled > 0 || begun;
  },
  retry(run, _deps, node) {
    const scope = run.scopeWithin(node);
    if (scope?.atWork.size) return undefined;
    if (scope instanceof ArrayScope) scope.clear(run);
    const { array } = run.node(node);
    return { failureWithin: undefined, ...(array && { array: { ...array, failure: undefined } }) };
  },
  nextLook: (node, _state, run) => nextTelling(run, node),
};
