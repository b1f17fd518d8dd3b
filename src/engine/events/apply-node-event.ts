import { flyteidl } from "../../idl/flyteidl.ts";
import { nodeExecutionIdOf } from "../../idl/identifiers.ts";
import { isTerminalNode, nodePhaseOf } from "../../idl/phases.ts";
import type { NodePhase } from "../../idl/phases.ts";
import { StatusError } from "../../idl/status.ts";
import type { NodeExecutionEvent, ProtoTimestamp } from "../../idl/types.ts";
import type { New, NodeExecutionRow } from "../../ports/state-store.ts";
import { alreadyTerminal, nodeExecutionText } from "./event-refusals.ts";
import { durationOfNanos, nanosBetween, rowTime } from "./row-time.ts";

/** Rows that a node event refers to, and where the closure of its dynamic workflow was put ("" for none). */
export interface NodeEventReferences {
  readonly parentKey: number | null;
  readonly parentTaskExecutionKey: number | null;
  readonly dynamicWorkflowClosureUri: string;
}

type NodeVerdict = "record" | "repeat" | "terminal";

/**
 * A phase is recorded once, and what ended stays ended; between others any step is taken, but none back to QUEUED: that is
 * propeller repeating a round after a crash. (Flyte takes it; a repeat is success to every propeller, so nothing is lost.)
 */
export function nodeVerdict(from: NodePhase, to: NodePhase): NodeVerdict {
  if (from === to) return "repeat";
  if (isTerminalNode(from)) return "terminal";
  return from !== "UNDEFINED" && (to === "UNDEFINED" || to === "QUEUED") ? "repeat" : "record";
}

/** The row of a node heard of for the first time: any phase may come first. */
export function newNodeExecution(event: NodeExecutionEvent, references: NodeEventReferences): New<NodeExecutionRow> {
  const occurredAt = timeOf(event);
  const metadata: flyteidl.admin.NodeExecutionMetaData.$Properties = {
    retryGroup: event.retryGroup ?? "",
    specNodeId: event.specNodeId ?? "",
    isParentNode: event.isParent ?? false,
    isDynamic: event.isDynamic ?? false,
    isArray: event.isArray ?? false,
    isEager: event.isEager ?? false,
  };
  const blank: New<NodeExecutionRow> = {
    id: nodeExecutionIdOf(event.id),
    phase: "UNDEFINED",
    inputUri: event.inputUri ?? "",
    closure: flyteidl.admin.NodeExecutionClosure.encode({ createdAt: occurredAt }).finish(),
    metadata: flyteidl.admin.NodeExecutionMetaData.encode(metadata).finish(),
    createdAt: rowTime(occurredAt),
    updatedAt: rowTime(occurredAt),
    startedAt: null,
    duration: null,
    parentKey: references.parentKey,
    parentTaskExecutionKey: references.parentTaskExecutionKey,
    errorKind: null,
    errorCode: null,
    cacheStatus: null,
    dynamicWorkflowClosureUri: "",
  };
  return changed(blank, event, references.dynamicWorkflowClosureUri);
}

/** The row after an event. Throws StatusError ALREADY_EXISTS for a repeat, FAILED_PRECONDITION after a terminal phase. */
export function applyNodeEvent(
  row: New<NodeExecutionRow>,
  event: NodeExecutionEvent,
  dynamicWorkflowClosureUri: string,
): New<NodeExecutionRow> {
  const to = nodePhaseOf(event.phase);
  const verdict = nodeVerdict(row.phase as NodePhase, to);
  const id = nodeExecutionText(row.id);
  if (verdict === "repeat") throw new StatusError("ALREADY_EXISTS", `This phase ${to} was already recorded for node execution ${id}`);
  if (verdict === "terminal") throw alreadyTerminal(`Invalid phase change from ${row.phase} to ${to} for node execution ${id}`, to);
  return changed(row, event, dynamicWorkflowClosureUri);
}

function changed(row: New<NodeExecutionRow>, event: NodeExecutionEvent, dynamicUri: string): New<NodeExecutionRow> {
  const occurredAt = timeOf(event);
  const phase = nodePhaseOf(event.phase);
  const updatedAt = event.reportedAt ?? occurredAt;
  const closure = flyteidl.admin.NodeExecutionClosure.decode(row.closure);
  closure.phase = event.phase ?? 0;
  closure.updatedAt = updatedAt;
  if (phase === "RUNNING") closure.startedAt ??= occurredAt;
  const duration = isTerminalNode(phase) && closure.startedAt != null ? nanosBetween(closure.startedAt, occurredAt) : row.duration;
  if (duration !== null) closure.duration = durationOfNanos(duration);
  setResult(closure, event);
  setTarget(closure, event);
  const cache = event.taskNodeMetadata?.cacheStatus;
  return {
    ...row,
    phase,
    inputUri: event.inputUri || row.inputUri,
    closure: flyteidl.admin.NodeExecutionClosure.encode(closure).finish(),
    metadata: metadataAfter(row.metadata, event),
    updatedAt: rowTime(updatedAt),
    startedAt: closure.startedAt == null ? null : rowTime(closure.startedAt),
    duration,
    errorKind: event.error == null ? row.errorKind : (flyteidl.core.ExecutionError.ErrorKind[event.error.kind ?? 0] ?? "UNKNOWN"),
    errorCode: event.error == null ? row.errorCode : (event.error.code ?? ""),
    cacheStatus: event.taskNodeMetadata == null ? row.cacheStatus : (flyteidl.core.CatalogCacheStatus[cache ?? 0] ?? row.cacheStatus),
    dynamicWorkflowClosureUri: dynamicUri || row.dynamicWorkflowClosureUri,
  };
}

function setResult(closure: flyteidl.admin.NodeExecutionClosure.$Properties, event: NodeExecutionEvent): void {
  if (event.deckUri) closure.deckUri = event.deckUri;
  if (!event.outputUri && event.outputData == null && event.error == null) return;
  closure.outputUri = event.outputUri || null;
  closure.outputData = event.outputUri ? null : (event.outputData ?? null);
  closure.error = event.outputUri || event.outputData != null ? null : (event.error ?? null);
}

function setTarget(closure: flyteidl.admin.NodeExecutionClosure.$Properties, event: NodeExecutionEvent): void {
  const task = event.taskNodeMetadata;
  if (event.workflowNodeMetadata != null) {
    closure.workflowNodeMetadata = { executionId: event.workflowNodeMetadata.executionId };
    closure.taskNodeMetadata = null;
  } else if (task != null) {
    closure.taskNodeMetadata = { cacheStatus: task.cacheStatus, catalogKey: task.catalogKey, checkpointUri: task.checkpointUri };
    closure.workflowNodeMetadata = null;
    if (task.dynamicWorkflow?.dynamicJobSpecUri) closure.dynamicJobSpecUri = task.dynamicWorkflow.dynamicJobSpecUri;
  }
}

/** A node turns out to be a parent, dynamic or an array only once it has run for a while. */
function metadataAfter(stored: Uint8Array, event: NodeExecutionEvent): Uint8Array {
  if (!event.isParent && !event.isDynamic && !event.isArray && !event.isEager) return stored;
  const metadata = flyteidl.admin.NodeExecutionMetaData.decode(stored);
  metadata.isParentNode ||= event.isParent ?? false;
  metadata.isDynamic ||= event.isDynamic ?? false;
  metadata.isArray ||= event.isArray ?? false;
  metadata.isEager ||= event.isEager ?? false;
  return flyteidl.admin.NodeExecutionMetaData.encode(metadata).finish();
}

function timeOf(event: NodeExecutionEvent): ProtoTimestamp {
  if (event.occurredAt == null) throw new StatusError("INVALID_ARGUMENT", "missing occurred_at");
  return event.occurredAt;
}
