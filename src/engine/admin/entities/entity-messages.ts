import { flyteidl } from "../../../idl/flyteidl.ts";
import { identifierOf } from "../../../idl/identifiers.ts";
import type { EntityId, ResourceTypeName } from "../../../idl/identifiers.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";
import type { LaunchPlanRow, TaskRow, WorkflowRow } from "../../../ports/state-store.ts";
import { textField, timeField } from "../reply.ts";

function idField(type: ResourceTypeName, id: EntityId): Uint8Array {
  return bytesField(1, flyteidl.core.Identifier.encode(identifierOf(type, id)).finish());
}

/** Encoded admin.Task. */
export function taskMessage(row: TaskRow): Uint8Array {
  return concatBytes(idField("TASK", row), bytesField(2, row.closure), textField(3, row.shortDescription));
}

/** Encoded admin.Workflow around its encoded core.CompiledWorkflowClosure. */
export function workflowMessage(row: WorkflowRow, compiled: Uint8Array): Uint8Array {
  const closure = concatBytes(bytesField(1, compiled), timeField(2, row.createdAt));
  return concatBytes(idField("WORKFLOW", row), bytesField(2, closure), textField(3, row.shortDescription));
}

/** As lists have it: of the closure, only the interface. */
export function workflowSummary(row: WorkflowRow): Uint8Array {
  const template = bytesField(3, row.typedInterface);
  return workflowMessage(row, bytesField(1, bytesField(1, template)));
}

/** Encoded admin.LaunchPlan: state and times are columns. */
export function launchPlanMessage(row: LaunchPlanRow): Uint8Array {
  const state = flyteidl.admin.LaunchPlanClosure.encode({ state: row.state }).finish();
  const closure = concatBytes(row.closure, state, timeField(4, row.createdAt), timeField(5, row.updatedAt));
  return concatBytes(idField("LAUNCH_PLAN", row), bytesField(2, row.spec), bytesField(3, closure));
}
