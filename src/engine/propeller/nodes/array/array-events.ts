import { countElements } from "./counts.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { identifierOf, nodeExecutionIdentifierOf, entityIdOf } from "../../../../idl/identifiers.ts";
import { isNodeActive } from "../../node-transition.ts";
import { isTerminalTask, taskPhaseNumber } from "../../../../idl/phases.ts";
import { mostListed, resourceFrom, resourceOf } from "./element-resource.ts";
import { producerId } from "../../failure-of-event.ts";
import { toTimestamp } from "../../../../idl/time.ts";
import { ArrayScope } from "./array-scope.ts";
import type { ArrayState, UntoldAttempt } from "../../state.ts";
import type { NodeStatePhase } from "../../node-transition.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { TaskExecutionEvent } from "../../../../idl/types.ts";
import type { TaskPhase } from "../../../../idl/phases.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

type ExternalResource = flyteidl.event.ExternalResourceInfo.$Properties;

/** An event of an array's one task execution. Flyte: nodes/array/event_recorder.go. */
export interface DueArrayEvent {
  readonly event: TaskExecutionEvent;
  readonly ends: boolean;
  /** Admin has it, or with `isRepeat` has had one of the same phase and version before. */
  recorded(isRepeat: boolean): void;
}

const ends: Readonly<Partial<Record<NodeStatePhase, TaskPhase>>> = {
  SUCCEEDING: "SUCCEEDED",
  SUCCEEDED: "SUCCEEDED",
  FAILING: "FAILED",
  FAILED: "FAILED",
  ABORTING: "ABORTED",
  ABORTED: "ABORTED",
  TIMING_OUT: "ABORTED",
  TIMED_OUT: "ABORTED",
};

/** Elements of one event, and bytes of what is told of them: Flyte's admin takes no request that is larger than a few MiB. */
const elementsAtOnce = 1000;
const bytesAtOnce = 1 << 20;

/**
 * How long what happens to elements may be kept before admin is told, milliseconds: an event costs as much as all that is
 * listed of the array, so that of many elements they must not come one by one.
 */
const patienceWith = (size: number): number => (size <= 100 ? 0 : Math.min(30_000, 3 * size));

/** The end of that time; undefined when there is nothing to tell. */
export function nextTelling(run: WorkflowRun, node: PlacedNode): number | undefined {
  const { array, phase } = run.node(node);
  const scope = run.scopeWithin(node);
  if (!array || !isNodeActive(phase) || !(scope instanceof ArrayScope) || scope.isOfNodes) return undefined;
  return isOwed(run, scope, array) ? (array.toldAt ?? 0) + patienceWith(scope.size) : undefined;
}

/** Where not all elements are listed, how many are where is news by itself. */
const isOwed = (run: WorkflowRun, scope: ArrayScope, { counts }: ArrayState): boolean =>
  untoldOf(run, scope).length > 0 || (scope.size > mostListed && countsOf(run, scope) !== counts);

const untoldOf = (run: WorkflowRun, { live }: ArrayScope): PlacedNode[] =>
  [...live.values()].filter((placed) => run.node(placed).untold?.length && !run.unsettled.has(placed));

/** As text, to be compared. What has not begun when the array ends never will. */
function countsOf(run: WorkflowRun, scope: ArrayScope): string {
  const { succeeded, failed, failing, aborted, active, queued } = countElements(run, scope);
  const isOver = ends[run.node(scope.array).phase] !== undefined && scope.atWork.size === 0;
  return JSON.stringify({
    size: scope.size,
    succeeded,
    failed: failed + failing,
    aborted: isOver ? aborted + queued : aborted,
    running: active,
    queued: isOver ? 0 : queued,
  });
}

/** `flyte_array`: how many elements are where; Flyte leaves it to be counted among the resources. */
function customInfoOf(counts: string): TaskExecutionEvent["customInfo"] {
  const fields: Record<string, { numberValue: number }> = {};
  for (const [name, count] of Object.entries(JSON.parse(counts) as Record<string, number>)) fields[name] = { numberValue: count };
  return { fields: { flyte_array: { structValue: { fields } } } };
}

function baseEvent(
  run: WorkflowRun,
  { scope, uniqueId, node }: PlacedNode,
  phase: TaskPhase,
  phaseVersion: number,
  at: number,
): TaskExecutionEvent {
  const inner = node.arrayNode?.node ?? {};
  return {
    taskId: identifierOf("TASK", entityIdOf(scope.program.taskOf(inner)?.id)),
    parentNodeExecutionId: nodeExecutionIdentifierOf({ execution: run.definition.spec.id, nodeId: uniqueId }),
    retryAttempt: 0,
    phase: taskPhaseNumber(phase),
    phaseVersion,
    producerId,
    occurredAt: toTimestamp(at),
    taskType: "container_array",
    eventVersion: 1,
  };
}

const metadataOf = (externalResources: ExternalResource[]): TaskExecutionEvent["metadata"] => ({
  externalResources,
  pluginIdentifier: "k8s-array",
});

/**
 * What admin is to be told of an array now, in order: that it is there, what has become of its elements, its end. Nothing of one
 * whose elements are nodes.
 */
export function dueArrayEvents(run: WorkflowRun, node: PlacedNode, now: number): readonly DueArrayEvent[] {
  const { array, phase, queuedAt, since, attempt } = run.node(node);
  if (!array || isTerminalTask(array.told) || node.node.arrayNode?.node?.taskNode == null) return [];
  const due: DueArrayEvent[] = [];
  const patch = (more: Partial<ArrayState>): void => {
    const last = run.node(node).array;
    if (last) run.patchNode(node, { array: { ...last, ...more } });
  };
  if (array.told === "UNDEFINED") {
    const resources = Array.from({ length: Math.min(array.size, mostListed) }, (_, index) => resourceOf(run, node, index, 0, {}));
    const event = { ...baseEvent(run, node, "QUEUED", 0, queuedAt ?? now), inputUri: node.layout.inputs, metadata: metadataOf(resources) };
    due.push({ event, ends: false, recorded: () => patch({ told: "QUEUED" }) });
  }
  const scope = run.scopeWithin(node);
  const end = ends[phase];
  if (scope instanceof ArrayScope) due.push(...dueOfElements(run, node, scope, array, end !== undefined, now, patch));
  if (end && !scope?.atWork.size) {
    const event: TaskExecutionEvent = {
      ...baseEvent(run, node, end, 0, since),
      metadata: metadataOf([]),
      ...(scope instanceof ArrayScope && { customInfo: customInfoOf(countsOf(run, scope)) }),
      ...(end === "SUCCEEDED" && { outputUri: node.layout.outputs(attempt) }),
    };
    const recorded = (): void => {
      patch({ told: end });
      if (scope instanceof ArrayScope) scope.settle(run);
    };
    due.push({ event, ends: true, recorded });
  }
  return due;
}

interface UntoldElement {
  readonly placed: PlacedNode;
  readonly untold: readonly UntoldAttempt[];
}

/** Which elements are told of in one event; at least one event. */
function eventsOf(elements: readonly UntoldElement[]): readonly (readonly UntoldElement[])[] {
  let last: UntoldElement[] = [];
  const events = [last];
  let bytes = 0;
  for (const element of elements) {
    const size = element.untold.reduce((sum, { resource }) => sum + resource.length, 0);
    if (last.length === elementsAtOnce || (last.length > 0 && bytes + size > bytesAtOnce)) {
      events.push((last = []));
      bytes = 0;
    }
    last.push(element);
    bytes += size;
  }
  return events;
}

function dueOfElements(
  run: WorkflowRun,
  node: PlacedNode,
  scope: ArrayScope,
  array: ArrayState,
  isAtEnd: boolean,
  now: number,
  patch: (more: Partial<ArrayState>) => void,
): readonly DueArrayEvent[] {
  if (!isOwed(run, scope, array)) return [];
  const untold = untoldOf(run, scope);
  const counts = countsOf(run, scope);
  const isEnough = untold.length >= Math.max(1, scope.size / 10) && scope.size > 100;
  const isDue = now >= (array.toldAt ?? 0) + patienceWith(scope.size);
  if (!isEnough && !isDue && !isAtEnd) return [];
  const due: DueArrayEvent[] = [];
  for (const elements of eventsOf(untold.map((placed) => ({ placed, untold: run.node(placed).untold ?? [] })))) {
    const resources = elements.flatMap((each) => each.untold.map(resourceFrom));
    const version = array.version + due.length;
    due.push({
      event: { ...baseEvent(run, node, "RUNNING", version, now), metadata: metadataOf(resources), customInfo: customInfoOf(counts) },
      ends: false,
      recorded(isRepeat) {
        // Told before a crash, perhaps less than now: it is told again at the next version.
        patch({ version: version + 1, ...(!isRepeat && { told: "RUNNING", toldAt: now, counts }) });
        if (isRepeat) return;
        for (const { placed, untold: told } of elements) if (run.node(placed).untold === told) run.patchNode(placed, { untold: undefined });
      },
    });
  }
  return due;
}
