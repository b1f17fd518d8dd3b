import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { validExecutionId } from "../validate-identifier.ts";

const longestId = 255;

/** A complete identifier of a signal. */
export function validSignalId(id: flyteidl.core.SignalIdentifier.$Properties | null | undefined): {
  readonly execution: WorkflowExecutionId;
  readonly signalId: string;
} {
  if (id == null) throw missingField("id");
  if (id.executionId == null) throw missingField("execution_id");
  if (!id.signalId) throw missingField("signal_id");
  if (id.signalId.length > longestId) throw invalidArgument(`signal_id cannot exceed ${longestId} characters`);
  return { execution: validExecutionId(id.executionId), signalId: id.signalId };
}
