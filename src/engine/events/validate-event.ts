import { entityIdOf, executionIdOf, nodeExecutionIdOf } from "../../idl/identifiers.ts";
import type { NodeExecutionId, WorkflowExecutionId } from "../../idl/identifiers.ts";
import { StatusError } from "../../idl/status.ts";
import { toNumber } from "../../idl/time.ts";
import type { ProtoTimestamp } from "../../idl/types.ts";
import type { ExecutionEvent } from "../../ports/event-sink.ts";

/**
 * The execution that an event is about. Throws INVALID_ARGUMENT: `missing <field>` when the event does not say enough,
 * `invalid value for <field>` for a time outside of the years 1 to 9999.
 */
export function validateEvent(event: ExecutionEvent): WorkflowExecutionId {
  if (event.event.occurredAt == null) throw missing("occurred_at");
  if (!isTime(event.event.occurredAt)) throw invalid("occurred_at");
  if (event.level !== "workflow" && event.event.reportedAt != null && !isTime(event.event.reportedAt)) throw invalid("reported_at");
  switch (event.level) {
    case "workflow":
      if (event.event.executionId == null) throw missing("execution_id");
      return validExecution(executionIdOf(event.event.executionId));
    case "node":
      if (event.event.id == null) throw missing("id");
      return validNode(nodeExecutionIdOf(event.event.id));
    case "task": {
      const task = event.event.taskId;
      if (task == null) throw missing("task_id");
      for (const [field, value] of Object.entries(entityIdOf(task))) if (value === "") throw missing(field);
      if (event.event.parentNodeExecutionId == null) throw missing("node_execution_id");
      return validNode(nodeExecutionIdOf(event.event.parentNodeExecutionId));
    }
  }
}

function validNode(id: NodeExecutionId): WorkflowExecutionId {
  if (id.nodeId === "") throw missing("node_id");
  return validExecution(id.execution);
}

function validExecution(id: WorkflowExecutionId): WorkflowExecutionId {
  for (const [field, value] of Object.entries(id)) if (value === "") throw missing(field);
  return id;
}

function isTime(time: ProtoTimestamp): boolean {
  const seconds = toNumber(time.seconds);
  const nanos = time.nanos ?? 0;
  return seconds >= -62_135_596_800 && seconds <= 253_402_300_799 && nanos >= 0 && nanos <= 999_999_999;
}

const invalid = (field: string): StatusError => new StatusError("INVALID_ARGUMENT", `invalid value for ${field}`);
const missing = (field: string): StatusError => new StatusError("INVALID_ARGUMENT", `missing ${field}`);
