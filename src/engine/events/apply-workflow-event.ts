import { flyteidl } from "../../idl/flyteidl.ts";
import { executionPhaseOf, isTerminalExecution } from "../../idl/phases.ts";
import type { ExecutionPhase } from "../../idl/phases.ts";
import { StatusError } from "../../idl/status.ts";
import type { ProtoTimestamp, WorkflowExecutionEvent } from "../../idl/types.ts";
import type { ExecutionRow } from "../../ports/state-store.ts";
import { checkCluster, namesNoCluster } from "./check-cluster.ts";
import { alreadyTerminal, executionText } from "./event-refusals.ts";
import { executionVerdict } from "./execution-transitions.ts";
import { durationOfNanos, nanosBetween, rowTime } from "./row-time.ts";

/** The row after an event. Throws StatusError: ALREADY_EXISTS for a repeat, FAILED_PRECONDITION for a step that is not allowed, INVALID_ARGUMENT. */
export function applyWorkflowEvent(row: ExecutionRow, event: WorkflowExecutionEvent): ExecutionRow {
  const from = row.phase as ExecutionPhase;
  const to = executionPhaseOf(event.phase);
  const occurredAt = event.occurredAt;
  if (occurredAt == null) throw new StatusError("INVALID_ARGUMENT", "missing occurred_at");
  refuse(row, from, to, event.producerId ?? "");

  const closure = flyteidl.admin.ExecutionClosure.decode(row.closure);
  closure.phase = event.phase ?? 0;
  closure.updatedAt = occurredAt;
  if (to === "RUNNING") closure.startedAt = occurredAt;
  const duration = isTerminalExecution(to) ? nanosSince(closure.startedAt, occurredAt) : null;
  if (duration !== null) closure.duration = durationOfNanos(duration);
  const failure = setResult(closure, event, to);

  return {
    ...row,
    phase: to,
    ...moved(row, from, event.producerId ?? ""),
    closure: flyteidl.admin.ExecutionClosure.encode(closure).finish(),
    updatedAt: rowTime(occurredAt),
    startedAt: closure.startedAt == null ? row.startedAt : rowTime(closure.startedAt),
    duration: duration ?? row.duration,
    errorKind: failure ? (flyteidl.core.ExecutionError.ErrorKind[failure.kind ?? 0] ?? "UNKNOWN") : row.errorKind,
    errorCode: failure ? (failure.code ?? "") : row.errorCode,
  };
}

function refuse(row: ExecutionRow, from: ExecutionPhase, to: ExecutionPhase, producer: string): void {
  const verdict = executionVerdict(from, to);
  const id = executionText(row.id);
  if (verdict === "repeat") throw new StatusError("ALREADY_EXISTS", `This phase ${to} was already recorded for workflow execution ${id}`);
  // QUEUED is how another cluster announces that it has taken over.
  if (to !== "QUEUED") checkCluster(row.cluster, producer);
  if (verdict === "terminal") throw alreadyTerminal(`Invalid phase change from ${from} to ${to} for workflow execution ${id}`, from);
  if (verdict === "backwards") throw new StatusError("FAILED_PRECONDITION", `Cannot go from ${from} to ${to} for workflow execution ${id}`);
  if (verdict === "aborting") {
    throw new StatusError("FAILED_PRECONDITION", `Invalid phase change from aborting to ${to} for workflow execution ${id}`);
  }
}

function nanosSince(start: ProtoTimestamp | null | undefined, end: ProtoTimestamp): number | null {
  return start == null ? null : nanosBetween(start, end);
}

function setResult(
  closure: flyteidl.admin.ExecutionClosure.$Properties,
  event: WorkflowExecutionEvent,
  to: ExecutionPhase,
): flyteidl.core.ExecutionError.$Properties | undefined {
  // Who aborted it and why outlives propeller's own account of the abort.
  if (to === "ABORTED" && closure.abortMetadata != null) return undefined;
  if (event.outputUri) {
    clearResult(closure);
    closure.outputs = { uri: event.outputUri };
  } else if (event.outputData != null) {
    clearResult(closure);
    closure.outputData = event.outputData;
  } else if (event.error != null) {
    clearResult(closure);
    closure.error = event.error;
    return event.error;
  }
  return undefined;
}

function clearResult(closure: flyteidl.admin.ExecutionClosure.$Properties): void {
  closure.outputs = null;
  closure.error = null;
  closure.abortCause = null;
  closure.abortMetadata = null;
  closure.outputData = null;
}

/** While an execution has not begun to run, the cluster that speaks for it is the one that has it. */
function moved(row: ExecutionRow, from: ExecutionPhase, producer: string): Partial<ExecutionRow> {
  if (namesNoCluster(producer) || producer === row.cluster || (from !== "UNDEFINED" && from !== "QUEUED")) return {};
  const spec = flyteidl.admin.ExecutionSpec.decode(row.spec);
  spec.metadata ??= {};
  spec.metadata.systemMetadata ??= {};
  spec.metadata.systemMetadata.executionCluster = producer;
  return { cluster: producer, spec: flyteidl.admin.ExecutionSpec.encode(spec).finish() };
}
