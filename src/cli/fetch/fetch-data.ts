import type { AdminClient } from "../../client/admin-client.ts";
import type { NodeExecutionId, TaskExecutionId, WorkflowExecutionId } from "../../idl/identifiers.ts";
import { nodeExecutionIdentifierOf, taskExecutionIdentifierOf } from "../../idl/identifiers.ts";
import { hasStatus } from "../../idl/status.ts";
import type { LiteralMap } from "../../idl/types.ts";
import { literalsValue } from "../../idl/literals/literal-value.ts";
import { inSignatureOrder } from "../views/signature-order.ts";

/** Inputs and outputs as plain JSON by name; null where there are none (yet). */
export interface DataView {
  readonly inputs: Readonly<Record<string, unknown>> | null;
  readonly outputs: Readonly<Record<string, unknown>> | null;
}

interface DataReply {
  readonly fullInputs?: LiteralMap | null | undefined;
  readonly fullOutputs?: LiteralMap | null | undefined;
}

export function fetchExecutionData(admin: AdminClient, id: WorkflowExecutionId): Promise<DataView> {
  return viewOf(admin.getExecutionData({ id: { ...id } }));
}

export function fetchNodeData(admin: AdminClient, id: NodeExecutionId): Promise<DataView> {
  return viewOf(admin.getNodeExecutionData({ id: nodeExecutionIdentifierOf(id) }));
}

export function fetchTaskData(admin: AdminClient, id: TaskExecutionId): Promise<DataView> {
  return viewOf(admin.getTaskExecutionData({ id: taskExecutionIdentifierOf(id) }));
}

async function viewOf(reply: Promise<DataReply>): Promise<DataView> {
  try {
    const { fullInputs, fullOutputs } = await reply;
    return {
      inputs: fullInputs == null ? null : literalsValue(fullInputs),
      outputs: fullOutputs == null ? null : inSignatureOrder(literalsValue(fullOutputs)),
    };
  } catch (error) {
    // Nodes that have not started have no data; deployments say so by NOT_FOUND.
    if (hasStatus(error, "NOT_FOUND")) return { inputs: null, outputs: null };
    throw error;
  }
}
