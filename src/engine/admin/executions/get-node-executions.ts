import { flyteidl } from "../../../idl/flyteidl.ts";
import type { NodeExecutionId, WorkflowExecutionId } from "../../../idl/identifiers.ts";
import { bytesField } from "../../../idl/wire.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { StatusError } from "../../../idl/status.ts";
import type { ColumnFilter } from "../../../ports/list-query.ts";
import type { NodeExecutionRow } from "../../../ports/state-store.ts";
import { missingEntity, nodeExecutionText, taskExecutionText } from "../../events/event-refusals.ts";
import { nodeExecutionMessage } from "../../events/execution-messages.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { largestClosure } from "../entities/get-entity.ts";
import { equals, nextToken, pageQuery } from "../page.ts";
import type { PageRequest } from "../page.ts";
import { listReply } from "../reply.ts";
import { validExecutionId, validNodeExecutionId, validTaskExecutionId } from "../validate-identifier.ts";
import { trimNodeExecutionError } from "./trim-error.ts";

export async function existingNodeExecution(deps: Pick<AdminDeps, "state">, id: NodeExecutionId): Promise<NodeExecutionRow> {
  const row = await deps.state.read.nodeExecutions.get(id);
  if (row === undefined) throw missingEntity("node execution", nodeExecutionText(id));
  return row;
}

/** GetNodeExecution. */
export async function getNodeExecution(deps: AdminDeps, request: flyteidl.admin.NodeExecutionGetRequest.$Properties): Promise<Uint8Array> {
  return nodeExecutionMessage(await existingNodeExecution(deps, validNodeExecutionId(request.id)));
}

/** ListNodeExecutions: the top-level ones, or the children of the node that unique_parent_id names. */
export async function listNodeExecutions(
  deps: AdminDeps,
  request: flyteidl.admin.NodeExecutionListRequest.$Properties,
): Promise<Uint8Array> {
  const execution = validExecutionId(request.workflowExecutionId);
  const nodeId = request.uniqueParentId ?? "";
  const parent = nodeId === "" ? "top-level" : (await existingNodeExecution(deps, { execution, nodeId })).key;
  return await list(deps, request, execution, [], parent);
}

/** ListNodeExecutionsForTask: what an attempt launched by itself. */
export async function listNodeExecutionsForTask(
  deps: AdminDeps,
  request: flyteidl.admin.NodeExecutionForTaskListRequest.$Properties,
): Promise<Uint8Array> {
  const id = validTaskExecutionId(request.taskExecutionId);
  const row = await deps.state.read.taskExecutions.get(id);
  if (row === undefined) throw missingEntity("task execution", taskExecutionText(id));
  return await list(deps, request, id.node.execution, [equals("node_execution", "parent_task_execution_id", row.key)], "any");
}

async function list(
  deps: AdminDeps,
  page: PageRequest,
  execution: WorkflowExecutionId,
  more: readonly ColumnFilter[],
  parent: number | "top-level" | "any",
): Promise<Uint8Array> {
  const query = pageQuery("node_execution", page, [
    equals("node_execution", "execution_project", execution.project),
    equals("node_execution", "execution_domain", execution.domain),
    equals("node_execution", "execution_name", execution.name),
    ...more,
  ]);
  const rows = await deps.state.read.nodeExecutions.list(query, parent);
  const messages = rows.map((row) => nodeExecutionMessage({ ...row, closure: trimNodeExecutionError(row.closure) }));
  return listReply(messages, nextToken(query, rows.length));
}

/** GetDynamicNodeWorkflow. */
export async function getDynamicNodeWorkflow(
  deps: AdminDeps,
  request: flyteidl.admin.GetDynamicNodeWorkflowRequest.$Properties,
): Promise<Uint8Array> {
  const row = await existingNodeExecution(deps, validNodeExecutionId(request.id));
  if (row.dynamicWorkflowClosureUri === "") {
    throw new StatusError("NOT_FOUND", `node-execution does not contain a dynamic workflow: ${nodeExecutionText(row.id)}`);
  }
  return bytesField(1, await readBlob(deps.blobs, row.dynamicWorkflowClosureUri, largestClosure));
}
