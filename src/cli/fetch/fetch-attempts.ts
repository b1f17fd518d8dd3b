import type { AdminClient } from "../../client/admin-client.ts";
import type { NodeExecutionId } from "../../idl/identifiers.ts";
import { nodeExecutionIdentifierOf, taskExecutionIdentifierOf } from "../../idl/identifiers.ts";
import type { TaskExecutionView } from "../views/task-execution-view.ts";
import { taskExecutionView } from "../views/task-execution-view.ts";
import { parseUrn } from "../../idl/urn.ts";
import { allPages } from "./all-pages.ts";
import { withWholeErrors } from "./whole-errors.ts";

/** The task executions of a node, first attempt first; none for nodes without a task. */
export async function fetchAttempts(admin: AdminClient, node: NodeExecutionId, now: number): Promise<TaskExecutionView[]> {
  const attempts = await allPages(async (token) => {
    const list = await admin.listTaskExecutions({ nodeExecutionId: nodeExecutionIdentifierOf(node), limit: 100, token });
    return { items: list.taskExecutions ?? [], token: list.token };
  });
  const views = attempts.map((attempt) => taskExecutionView(attempt, now)).sort((a, b) => a.attempt - b.attempt);
  return wholeAttempts(admin, views, now);
}

/** The views with the whole messages of their errors, where a list has cut them. */
export function wholeAttempts(admin: AdminClient, views: readonly TaskExecutionView[], now: number): Promise<TaskExecutionView[]> {
  return withWholeErrors(views, async (view) => {
    const urn = parseUrn(view.urn);
    if (urn.kind !== "task_execution") return view;
    return taskExecutionView(await admin.getTaskExecution({ id: taskExecutionIdentifierOf(urn.id) }), now);
  });
}
