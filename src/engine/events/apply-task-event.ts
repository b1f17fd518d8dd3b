import { flyteidl } from "../../idl/flyteidl.ts";
import { nodeExecutionIdOf, entityIdOf } from "../../idl/identifiers.ts";
import type { TaskExecutionId } from "../../idl/identifiers.ts";
import { isTerminalTask, taskPhaseOf } from "../../idl/phases.ts";
import type { TaskPhase } from "../../idl/phases.ts";
import { StatusError } from "../../idl/status.ts";
import type { ProtoTimestamp, TaskExecutionEvent } from "../../idl/types.ts";
import type { New, TaskExecutionRow } from "../../ports/state-store.ts";
import { alreadyTerminal, taskExecutionText } from "./event-refusals.ts";
import { mergeStruct } from "./merge-struct.ts";
import { resourceUseOf } from "./resource-use.ts";
import { durationOfNanos, nanosBetween, rowTime } from "./row-time.ts";
import { logsInPhase, mergeLogs } from "./task-logs.ts";
import { mergeTaskMetadata } from "./task-metadata.ts";

type Closure = flyteidl.admin.TaskExecutionClosure.$Properties;

type TaskVerdict = "record" | "repeat" | "terminal";

/** Within a phase only a higher version is new; what ended stays ended; between other phases any step is taken. */
export function taskVerdict(
  from: { readonly phase: TaskPhase; readonly version: number },
  to: { readonly phase: TaskPhase; readonly version: number },
): TaskVerdict {
  if (from.phase === to.phase && to.version <= from.version) return "repeat";
  return isTerminalTask(from.phase) ? "terminal" : "record";
}

export function taskExecutionIdOfEvent(event: TaskExecutionEvent): TaskExecutionId {
  return { task: entityIdOf(event.taskId), node: nodeExecutionIdOf(event.parentNodeExecutionId), retryAttempt: event.retryAttempt ?? 0 };
}

/** The row of an attempt heard of for the first time. */
export function newTaskExecution(event: TaskExecutionEvent): New<TaskExecutionRow> {
  const occurredAt = timeOf(event);
  const closure: Closure = { createdAt: occurredAt, taskType: event.taskType ?? "", eventVersion: event.eventVersion ?? 0 };
  const blank: New<TaskExecutionRow> = {
    id: taskExecutionIdOfEvent(event),
    phase: "UNDEFINED",
    phaseVersion: 0,
    inputUri: event.inputUri ?? "",
    closure: flyteidl.admin.TaskExecutionClosure.encode(closure).finish(),
    createdAt: rowTime(occurredAt),
    updatedAt: rowTime(occurredAt),
    startedAt: null,
    duration: null,
    cpuSeconds: null,
    peakMemoryBytes: null,
  };
  return changed(blank, event);
}

/** The row after an event. Throws StatusError ALREADY_EXISTS for a repeat, FAILED_PRECONDITION after a terminal phase. */
export function applyTaskEvent(row: New<TaskExecutionRow>, event: TaskExecutionEvent): New<TaskExecutionRow> {
  const from = { phase: row.phase as TaskPhase, version: row.phaseVersion };
  const to = { phase: taskPhaseOf(event.phase), version: event.phaseVersion ?? 0 };
  const verdict = taskVerdict(from, to);
  const id = taskExecutionText(row.id);
  if (verdict === "repeat") {
    throw new StatusError("ALREADY_EXISTS", `have already recorded task execution phase: ${to.phase} (version: ${to.version}) for ${id}`);
  }
  if (verdict === "terminal")
    throw alreadyTerminal(`invalid phase change from ${from.phase} to ${to.phase} for task execution ${id}`, to.phase);
  return changed(row, event);
}

function changed(row: New<TaskExecutionRow>, event: TaskExecutionEvent): New<TaskExecutionRow> {
  const occurredAt = timeOf(event);
  const phase = taskPhaseOf(event.phase);
  const updatedAt = event.reportedAt ?? occurredAt;
  const closure: Closure = flyteidl.admin.TaskExecutionClosure.decode(row.closure);
  closure.phase = event.phase ?? 0;
  closure.updatedAt = updatedAt;
  if (phase === "RUNNING" && closure.startedAt == null) closure.startedAt = occurredAt;
  const duration = isTerminalTask(phase) && closure.startedAt != null ? nanosBetween(closure.startedAt, occurredAt) : row.duration;
  if (duration !== null) closure.duration = durationOfNanos(duration);
  setResult(closure, event);
  addReasons(closure, event, occurredAt);
  closure.logs = logsInPhase(mergeLogs(closure.logs ?? [], event.logs ?? []), phase);
  closure.customInfo = mergeStruct(closure.customInfo, event.customInfo);
  closure.metadata = mergeTaskMetadata(closure.metadata, event.metadata, phase);
  if (event.logContext != null) closure.logContext = event.logContext;
  if (event.taskType) closure.taskType = event.taskType;
  if (event.eventVersion) closure.eventVersion = event.eventVersion;
  const use = resourceUseOf(event.customInfo);
  return {
    ...row,
    phase,
    phaseVersion: event.phaseVersion ?? 0,
    inputUri: event.inputUri || row.inputUri,
    closure: flyteidl.admin.TaskExecutionClosure.encode(closure).finish(),
    updatedAt: rowTime(updatedAt),
    startedAt: closure.startedAt == null ? null : rowTime(closure.startedAt),
    duration,
    cpuSeconds: use.cpuSeconds ?? row.cpuSeconds,
    peakMemoryBytes: use.peakMemoryBytes ?? row.peakMemoryBytes,
  };
}

function setResult(closure: Closure, event: TaskExecutionEvent): void {
  if (!event.outputUri && event.outputData == null && event.error == null) return;
  closure.outputUri = event.outputUri || null;
  closure.outputData = event.outputUri ? null : (event.outputData ?? null);
  closure.error = event.outputUri || event.outputData != null ? null : (event.error ?? null);
}

/** Reasons are kept as a series, the last one also on its own; the older form sends one, and repeats it. */
function addReasons(closure: Closure, event: TaskExecutionEvent, occurredAt: ProtoTimestamp): void {
  const reasons = [...(closure.reasons ?? [])];
  if (event.reasons?.length) {
    for (const reason of event.reasons) {
      reasons.push({ occurredAt: reason.occurredAt ?? occurredAt, message: reason.reason ?? "" });
      closure.reason = reason.reason ?? "";
    }
  } else if (event.reason && event.reason !== closure.reason) {
    reasons.push({ occurredAt, message: event.reason });
    closure.reason = event.reason;
  }
  closure.reasons = reasons;
}

function timeOf(event: TaskExecutionEvent): ProtoTimestamp {
  if (event.occurredAt == null) throw new StatusError("INVALID_ARGUMENT", "missing occurred_at");
  return event.occurredAt;
}
