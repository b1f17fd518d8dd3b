import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { TaskExecutionId } from "../../../idl/identifiers.ts";
import type { TaskExecutionRow } from "../../../ports/state-store.ts";
import { missingEntity, taskExecutionText } from "../../events/event-refusals.ts";
import { taskExecutionMessage } from "../../events/execution-messages.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { equals, nextToken, pageQuery } from "../page.ts";
import { listReply } from "../reply.ts";
import { validNodeExecutionId, validTaskExecutionId } from "../validate-identifier.ts";
import { trimTaskExecutionError } from "./trim-error.ts";

export async function existingTaskExecution(deps: Pick<AdminDeps, "state">, id: TaskExecutionId): Promise<TaskExecutionRow> {
  const row = await deps.state.read.taskExecutions.get(id);
  if (row === undefined) throw missingEntity("task execution", taskExecutionText(id));
  return row;
}

/** GetTaskExecution. */
export async function getTaskExecution(deps: AdminDeps, request: flyteidl.admin.TaskExecutionGetRequest.$Properties): Promise<Uint8Array> {
  return taskExecutionMessage(await existingTaskExecution(deps, validTaskExecutionId(request.id)));
}

/** ListTaskExecutions: the attempts of a node. */
export async function listTaskExecutions(
  deps: AdminDeps,
  request: flyteidl.admin.TaskExecutionListRequest.$Properties,
): Promise<Uint8Array> {
  const node = validNodeExecutionId(request.nodeExecutionId);
  const query = pageQuery("task_execution", request, [
    equals("task_execution", "execution_project", node.execution.project),
    equals("task_execution", "execution_domain", node.execution.domain),
    equals("task_execution", "execution_name", node.execution.name),
    equals("task_execution", "node_id", node.nodeId),
  ]);
  const rows = await deps.state.read.taskExecutions.list(query);
  const messages = rows.map((row) => taskExecutionMessage({ ...row, closure: trimTaskExecutionError(row.closure) }));
  return listReply(messages, nextToken(query, rows.length));
}
