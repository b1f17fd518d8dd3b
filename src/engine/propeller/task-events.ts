import { failureOfEvent, producerId } from "./failure-of-event.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import { identifierOf, nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import { taskEventPhase } from "./task-transition.ts";
import { taskPhaseNumber } from "../../idl/phases.ts";
import { toTimestamp } from "../../idl/time.ts";
import type { Failure } from "./state.ts";
import type { PluginTransition, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import type { ResourcePool } from "../../ports/resource-manager.ts";
import type { ResourceUse } from "../../ports/compute-backend.ts";
import type { TaskExecutionEvent } from "../../idl/types.ts";
import type { TaskPhase } from "../../idl/phases.ts";

export interface TaskEventSubject {
  readonly context: TaskContext;
  readonly plugin: TaskPlugin | undefined;
  readonly generatedName: string;
  /** Where its token is from. */
  readonly pool?: ResourcePool | undefined;
}

function baseEvent({ context, plugin, generatedName, pool }: TaskEventSubject, phase: TaskPhase, at: number): TaskExecutionEvent {
  const { InstanceClass } = flyteidl.event.TaskExecutionMetadata;
  return {
    taskId: identifierOf("TASK", context.id.task),
    parentNodeExecutionId: nodeExecutionIdentifierOf(context.id.node),
    retryAttempt: context.id.retryAttempt,
    phase: taskPhaseNumber(phase),
    producerId,
    occurredAt: toTimestamp(at),
    taskType: context.template.type ?? "",
    metadata: {
      generatedName,
      pluginIdentifier: plugin?.id ?? "",
      ...(pool && { resourcePoolInfo: [{ allocationToken: generatedName, namespace: pool.namespace }] }),
      instanceClass: context.interruptible ? InstanceClass.INTERRUPTIBLE : InstanceClass.DEFAULT,
    },
    eventVersion: 1,
  };
}

/** The first event of an attempt whose plugin went past QUEUED at once; it carries the inputs. */
export function taskQueuedEvent(subject: TaskEventSubject, at: number): TaskExecutionEvent {
  return { ...baseEvent(subject, "QUEUED", at), inputUri: subject.context.inputUri };
}

/** For an attempt that began to run and ended between two rounds. */
export function taskRunningEvent(subject: TaskEventSubject, at: number): TaskExecutionEvent {
  return baseEvent(subject, "RUNNING", at);
}

function resourceUse(use: ResourceUse): TaskExecutionEvent["customInfo"] {
  const fields = { cpu_seconds: { numberValue: use.cpuSeconds }, peak_memory_bytes: { numberValue: use.peakMemoryBytes } };
  return { fields: { flyte_resource_use: { structValue: { fields } } } };
}

/** What a plugin's answer is to admin. */
export function taskEventOf(
  subject: TaskEventSubject,
  transition: PluginTransition,
  at: number,
  isFirst: boolean,
  hasOutputs: boolean,
): TaskExecutionEvent {
  const { phase, phaseVersion, reason, logs, use, customInfo, error } = transition;
  return {
    ...baseEvent(subject, taskEventPhase(phase), at),
    phaseVersion,
    ...(logs && { logs: [...logs] }),
    ...(customInfo && { customInfo }),
    ...(use && { customInfo: resourceUse(use) }),
    ...(reason !== undefined && reason !== "" && { reason, reasons: [{ reason, occurredAt: toTimestamp(at) }] }),
    ...(isFirst && phase === "QUEUED" && { inputUri: subject.context.inputUri }),
    ...(phase === "SUCCESS" && hasOutputs && { outputUri: `${subject.context.outputPrefix}/outputs.pb` }),
    ...(error && { error: failureOfEvent(error) }),
  };
}

/** The end of an attempt that propeller ended itself. */
export function taskEndEvent(
  subject: TaskEventSubject,
  end: { phase: "FAILED" | "ABORTED"; failure: Failure; at: number },
): TaskExecutionEvent {
  const { failure, at } = end;
  return {
    ...baseEvent(subject, end.phase, at),
    reason: failure.message,
    reasons: [{ reason: failure.message, occurredAt: toTimestamp(at) }],
    error: failureOfEvent(failure),
  };
}
