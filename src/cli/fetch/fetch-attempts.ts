import type { AdminClient } from "../../client/admin-client.ts";
import type { NodeExecutionId } from "../../idl/identifiers.ts";
import { nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import type { TaskExecutionView } from "../views/task-execution-view.ts";
import { taskExecutionView } from "../views/task-execution-view.ts";
import { allPages } from "./all-pages.ts";

/** The task executions of a node, first attempt first; none for nodes without a task. */
export async function fetchAttempts(admin: AdminClient, node: NodeExecutionId, now: number): Promise<TaskExecutionView[]> {
  const attempts = await allPages(async (token) => {
    const list = await admin.listTaskExecutions({ nodeExecutionId: nodeExecutionIdentifierOf(node), limit: 100, token });
    return { items: list.taskExecutions ?? [], token: list.token };
  });
  return attempts.map((attempt) => taskExecutionView(attempt, now)).sort((a, b) => a.attempt - b.attempt);
}
