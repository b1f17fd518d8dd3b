import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import type { ExecutionRow } from "../../../ports/state-store.ts";
import { executionText, missingEntity } from "../../events/event-refusals.ts";
import { executionMessage } from "../../events/execution-messages.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { equals, nextToken, pageQuery } from "../page.ts";
import { listReply } from "../reply.ts";
import { validExecutionId, validNamedEntityId } from "../validate-identifier.ts";
import { trimExecutionError } from "./trim-error.ts";

export async function existingExecution(deps: Pick<AdminDeps, "state">, id: WorkflowExecutionId): Promise<ExecutionRow> {
  const row = await deps.state.read.executions.get(id);
  if (row === undefined) throw missingEntity("execution", executionText(id));
  return row;
}

/** GetExecution. */
export async function getExecution(deps: AdminDeps, request: flyteidl.admin.WorkflowExecutionGetRequest.$Properties): Promise<Uint8Array> {
  return executionMessage(await existingExecution(deps, validExecutionId(request.id)));
}

/** ListExecutions: archived ones only to a filter on state. */
export async function listExecutions(deps: AdminDeps, request: flyteidl.admin.ResourceListRequest.$Properties): Promise<Uint8Array> {
  const id = validNamedEntityId(request.id, false);
  const query = pageQuery("execution", request, [
    equals("execution", "execution_project", id.project),
    equals("execution", "execution_domain", id.domain),
    ...(id.name === "" ? [] : [equals("execution", "execution_name", id.name)]),
  ]);
  const byState = query.filters.some((filter) => filter.entity === "execution" && filter.column === "state");
  const filters = byState ? query.filters : [...query.filters, equals("execution", "state", 0)];
  const rows = await deps.state.read.executions.list({ ...query, filters });
  const messages = rows.map((row) => executionMessage({ id: row.id, spec: row.spec, closure: trimExecutionError(row.closure) }));
  return listReply(messages, nextToken(query, rows.length));
}
