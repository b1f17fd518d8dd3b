import { attemptName } from "./attempt-name.ts";
import { checkpointPrefixOf, rawOutputPrefixOf } from "./layout.ts";
import { failureOfEvent, producerId } from "./failure-of-event.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import { nodeExecutionIdentifierOf, taskExecutionIdentifierOf } from "../../idl/identifiers.ts";
import { isTerminalNode, nodePhaseNumber } from "../../idl/phases.ts";
import { toTimestamp } from "../../idl/time.ts";
import type { CacheState, NodeState } from "./state.ts";
import type { EngineSettings } from "../settings.ts";
import type { NodeExecutionEvent } from "../../idl/types.ts";
import type { NodePhase } from "../../idl/phases.ts";
import type { NodeStatePhase } from "./node-transition.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";

const ends: Readonly<Record<NodeStatePhase, NodePhase | undefined>> = {
  NOT_YET_STARTED: undefined,
  QUEUED: undefined,
  RUNNING: undefined,
  // Nothing is said of a failed attempt: the node goes on running.
  RETRYABLE_FAILURE: undefined,
  SUCCEEDING: "SUCCEEDED",
  SUCCEEDED: "SUCCEEDED",
  FAILING: "FAILED",
  FAILED: "FAILED",
  TIMING_OUT: "TIMED_OUT",
  TIMED_OUT: "TIMED_OUT",
  SKIPPED: "SKIPPED",
  RECOVERED: "RECOVERED",
  ABORTING: "ABORTED",
  ABORTED: "ABORTED",
};

export interface DueNodeEvent {
  readonly phase: NodePhase;
  readonly at: number;
}

/** Phases of a node that admin has not been told of, in order. QUEUED goes before the attempt's events, the others after. */
export function dueNodeEvents(node: NodeState): readonly DueNodeEvent[] {
  if (isTerminalNode(node.reported)) return [];
  const due: DueNodeEvent[] = [];
  if (node.reported === "UNDEFINED" && node.queuedAt !== undefined) due.push({ phase: "QUEUED", at: node.queuedAt });
  const isToldToRun = node.reported === "RUNNING" || node.reported === "DYNAMIC_RUNNING";
  if (!isToldToRun && node.runningAt !== undefined) due.push({ phase: "RUNNING", at: node.runningAt });
  // Once for all attempts, as Flyte: what another one makes is not told of.
  if (node.phase === "RUNNING" && node.reported !== "DYNAMIC_RUNNING" && node.dynamic?.startedAt !== undefined)
    due.push({ phase: "DYNAMIC_RUNNING", at: node.dynamic.startedAt });
  const end = ends[node.phase];
  if (end) due.push({ phase: end, at: node.since });
  return due;
}

function catalogMetadata(cache: CacheState): flyteidl.core.CatalogMetadata.$Properties | undefined {
  if (!cache.datasetId) return undefined;
  const { project, domain, name, version } = cache.datasetId;
  return {
    datasetId: { resourceType: flyteidl.core.ResourceType.DATASET, project, domain, name, version },
    artifactTag: { artifactId: cache.artifactId ?? "", name: cache.tag ?? "" },
    ...(cache.source && { sourceTaskExecution: taskExecutionIdentifierOf(cache.source) }),
  };
}

function dynamicMetadata({ program }: Scope, specUri: string): flyteidl.event.DynamicWorkflowNodeMetadata.$Properties {
  const { closure } = program;
  return { id: closure.primary?.template?.id ?? null, compiledWorkflow: closure, dynamicJobSpecUri: specUri };
}

/** A node's event; `held`: the graph that its attempt holds. Flyte: nodes/transformers.go ToNodeExecutionEvent. */
export function nodeEventOf(
  definition: WorkflowDefinition,
  settings: EngineSettings,
  placed: PlacedNode,
  state: NodeState,
  due: DueNodeEvent,
  held?: Scope,
): NodeExecutionEvent {
  const { spec, executionSpec } = definition;
  const { phase, at } = due;
  const { node, scope, uniqueId, layout, kind } = placed;
  const { within } = scope;
  const ended = isTerminalNode(phase);
  const template = kind === "task" ? scope.program.taskOf(node) : undefined;
  const target = template?.id ?? node.workflowNode?.launchplanRef;
  const generatesDeck = template?.metadata?.generatesDeck?.value === true;
  const rawBase = executionSpec.rawOutputDataConfig?.outputLocationPrefix || settings.rawOutputPrefix;
  const reservation = state.task?.reservation;
  const catalogKey = state.cache && catalogMetadata(state.cache);
  const hasFailed = phase === "FAILED" || phase === "TIMED_OUT" || phase === "ABORTED";
  // A skipped node never had inputs; the start node has none, and the end node's outputs are told with the workflow's end.
  return {
    id: nodeExecutionIdentifierOf({ execution: spec.id, nodeId: uniqueId }),
    producerId,
    phase: nodePhaseNumber(phase),
    occurredAt: toTimestamp(at),
    specNodeId: placed.id,
    nodeName: (!placed.element && node.metadata?.name) || placed.id,
    eventVersion: 1,
    ...(within && { parentNodeMetadata: { nodeId: within.node.uniqueId }, retryGroup: String(within.attempt) }),
    ...(scope.dynamicDepth > 0 && { isInDynamicChain: true }),
    ...(state.dynamic && phase !== "RECOVERED" && { isDynamic: true }),
    ...((kind === "workflow" || phase === "DYNAMIC_RUNNING") && { isParent: true }),
    ...(kind === "array" && { isArray: true }),
    ...(kind !== "start" && phase !== "SKIPPED" && { inputUri: layout.inputs }),
    ...((phase === "SUCCEEDED" || phase === "RECOVERED") &&
      state.hasOutputs &&
      kind !== "end" && { outputUri: layout.outputs(state.attempt) }),
    ...(hasFailed && state.failure && { error: failureOfEvent(state.failure) }),
    ...((ended ? state.hasDeck : generatesDeck && phase === "RUNNING") && { deckUri: `${layout.outputPrefix(state.attempt)}/deck.html` }),
    ...(state.deckUri !== undefined && { deckUri: state.deckUri }),
    ...(target != null && { targetEntity: target }),
    ...(state.child && {
      workflowNodeMetadata: { executionId: { project: spec.id.project, domain: spec.id.domain, name: state.child.name } },
    }),
    ...(template && {
      taskNodeMetadata: {
        cacheStatus: flyteidl.core.CatalogCacheStatus[state.cache?.status ?? "CACHE_DISABLED"],
        ...(catalogKey && { catalogKey }),
        ...(phase === "DYNAMIC_RUNNING" && held && { dynamicWorkflow: dynamicMetadata(held, layout.futures(state.attempt)) }),
        // It is not run from its spec again: that stays where it is.
        ...(phase === "RECOVERED" && held && { dynamicWorkflow: dynamicMetadata(held, "") }),
        ...(reservation && { reservationStatus: flyteidl.core.CatalogReservation.Status[reservation.status] }),
        ...(state.task && { checkpointUri: checkpointPrefixOf(rawOutputPrefixOf(rawBase, attemptName(spec.id, placed, state.attempt))) }),
      },
    }),
  };
}
