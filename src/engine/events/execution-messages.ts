import { flyteidl } from "../../idl/flyteidl.ts";
import { nodeExecutionIdentifierOf, taskExecutionIdentifierOf } from "../../idl/identifiers.ts";
import { bytesField, concatBytes } from "../../idl/wire.ts";
import type { ExecutionRow, NodeExecutionRow, TaskExecutionRow } from "../../ports/state-store.ts";

const text = (number: number, value: string): Uint8Array => (value === "" ? new Uint8Array() : bytesField(number, Buffer.from(value)));

/** Encoded admin.Execution around the stored bytes. */
export function executionMessage(row: Pick<ExecutionRow, "id" | "spec" | "closure">): Uint8Array {
  const id = flyteidl.core.WorkflowExecutionIdentifier.encode({ ...row.id }).finish();
  return concatBytes(bytesField(1, id), bytesField(2, row.spec), bytesField(3, row.closure));
}

/** Encoded admin.NodeExecution around the stored bytes. */
export function nodeExecutionMessage(row: Pick<NodeExecutionRow, "id" | "inputUri" | "closure" | "metadata">): Uint8Array {
  const id = flyteidl.core.NodeExecutionIdentifier.encode(nodeExecutionIdentifierOf(row.id)).finish();
  return concatBytes(bytesField(1, id), text(2, row.inputUri), bytesField(3, row.closure), bytesField(4, row.metadata));
}

/** Encoded admin.TaskExecution around the stored bytes. */
export function taskExecutionMessage(row: Pick<TaskExecutionRow, "id" | "inputUri" | "closure">): Uint8Array {
  const id = flyteidl.core.TaskExecutionIdentifier.encode(taskExecutionIdentifierOf(row.id)).finish();
  return concatBytes(bytesField(1, id), text(2, row.inputUri), bytesField(3, row.closure));
}
