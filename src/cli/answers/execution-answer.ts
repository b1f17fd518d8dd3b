import type { AdminClient } from "../../client/admin-client.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { Answer } from "../answer.ts";
import { fetchExecutionData } from "../fetch/fetch-data.ts";
import type { DataView } from "../fetch/fetch-data.ts";
import { fetchClosure, nodeName } from "../fetch/node-definitions.ts";
import { fetchNodes } from "../fetch/fetch-nodes.ts";
import { renderFields, renderTable } from "../table.ts";
import { executionView } from "../views/execution-view.ts";
import type { ExecutionView } from "../views/execution-view.ts";
import { nodeExecutionTable } from "../views/node-execution-view.ts";
import type { NodeExecutionView } from "../views/node-execution-view.ts";
import { inSignatureOrder, outputOrder } from "../views/signature-order.ts";
import { durationText } from "../views/time-view.ts";
import { dataFields } from "./data-fields.ts";

export interface ExecutionDetail extends ExecutionView, DataView {
  readonly nodes: readonly NodeExecutionView[];
}

/** One execution with its data and all its nodes. */
export async function fetchExecution(admin: AdminClient, id: WorkflowExecutionId, now: number): Promise<ExecutionDetail> {
  const [execution, data, nodes] = await Promise.all([
    admin.getExecution({ id: { ...id } }),
    fetchExecutionData(admin, id),
    fetchNodes(admin, id, now),
  ]);
  const several = Object.keys(data.outputs ?? {}).length > 1;
  const closure = nodes.length === 0 && !several ? undefined : await fetchClosure(admin, execution.closure?.workflowId);
  const outputs = data.outputs && inSignatureOrder(data.outputs, outputOrder(closure));
  return {
    ...executionView(execution, now),
    ...data,
    outputs,
    nodes: nodes.map((node) => ({ ...node, name: nodeName(closure, node) ?? null })),
  };
}

/** `withNodes` false: for people who have just seen them. */
export function executionAnswer(detail: ExecutionDetail, withNodes = true): Answer {
  const shown = withNodes ? detail : { ...detail, nodes: [] };
  return { data: detail, urns: [detail.urn], text: (width) => executionText(shown, width) };
}

function executionText(detail: ExecutionDetail, width: number | undefined): string {
  const fields = renderFields([
    ["execution", detail.urn],
    ["launched", detail.launched ?? ""],
    ...(detail.parent === null ? [] : [["launched by", detail.parent] as const]),
    ...(detail.recovers === null ? [] : [["recovers", detail.recovers] as const]),
    ["phase", detail.phase],
    ["started", detail.startedAt ?? "not yet"],
    ["duration", durationText(detail.durationSeconds)],
    ...dataFields(detail),
    ...(detail.abortCause === null ? [] : [["aborted", detail.abortCause] as const]),
    ...(detail.error === null ? [] : [["error", `[${detail.error.code}] ${detail.error.message}`] as const]),
  ]);
  return detail.nodes.length === 0 ? fields : `${fields}\n${renderTable(nodeExecutionTable(detail.nodes), width)}`;
}
