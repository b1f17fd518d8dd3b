import { flyteidl } from "../../idl/flyteidl.ts";
import type { NodeExecutionId, TaskExecutionId, WorkflowExecutionId } from "../../idl/identifiers.ts";
import { StatusError } from "../../idl/status.ts";

// How admin refuses an event. Propeller reads the status and the details, people the text.

const detail = (reason: flyteidl.admin.EventFailureReason.$Properties) => [
  { typeName: "flyteidl.admin.EventFailureReason", value: flyteidl.admin.EventFailureReason.encode(reason).finish() },
];

/** `currentPhase` goes into the detail: the stored phase of an execution, but for nodes and tasks the phase of the event, as Flyte has it. */
export function alreadyTerminal(message: string, currentPhase: string): StatusError {
  return new StatusError("FAILED_PRECONDITION", message, detail({ alreadyInTerminalState: { currentPhase } }));
}

export function incompatibleCluster(recorded: string, sent: string): StatusError {
  return new StatusError(
    "FAILED_PRECONDITION",
    `recorded cluster [${recorded}] does not match request cluster [${sent}]`,
    detail({ incompatibleCluster: { cluster: recorded } }),
  );
}

export const executionText = (id: WorkflowExecutionId): string => `project:"${id.project}" domain:"${id.domain}" name:"${id.name}"`;
export const nodeExecutionText = (id: NodeExecutionId): string => `node_id:"${id.nodeId}" execution_id:{${executionText(id.execution)}}`;
export const taskExecutionText = (id: TaskExecutionId): string =>
  `task_id:{resource_type:TASK project:"${id.task.project}" domain:"${id.task.domain}" name:"${id.task.name}" version:"${id.task.version}"}` +
  ` node_execution_id:{${nodeExecutionText(id.node)}} retry_attempt:${id.retryAttempt}`;

/** Flyte's text for what is not there, e.g. `missing entity of type execution with identifier project:"p" …`. */
export function missingEntity(kind: string, identifier: string): StatusError {
  return new StatusError("NOT_FOUND", `missing entity of type ${kind} with identifier ${identifier}`);
}
