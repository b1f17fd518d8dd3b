import type { AdminClient } from "../../client/admin-client.ts";
import type { flyteidl } from "../../idl/flyteidl.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { NodeExecutionView } from "../views/node-execution-view.ts";
import { nodeExecutionView } from "../views/node-execution-view.ts";
import { allPages } from "./all-pages.ts";

const most = 2000;
/** The start and end node do nothing a person asks about. */
const invisible = new Set(["start-node", "end-node"]);

/** The node executions of an execution, each followed by its children, at most 2000; start and end nodes are left out. */
export async function fetchNodes(admin: AdminClient, execution: WorkflowExecutionId, now: number): Promise<NodeExecutionView[]> {
  const views: NodeExecutionView[] = [];
  const visit = async (parent: string, depth: number): Promise<void> => {
    for (const node of await nodesBelow(admin, execution, parent)) {
      if (views.length >= most) return;
      const view = nodeExecutionView(node, now, depth);
      if (invisible.has(view.specNodeId ?? view.nodeId)) continue;
      views.push(view);
      // A parent that lists itself as a child would never end.
      if (view.isParent && view.nodeId !== parent && depth < 50) await visit(view.nodeId, depth + 1);
    }
  };
  await visit("", 0);
  return views;
}

async function nodesBelow(
  admin: AdminClient,
  execution: WorkflowExecutionId,
  parent: string,
): Promise<flyteidl.admin.NodeExecution.$Properties[]> {
  const sortBy = { key: "created_at", direction: 1 };
  return allPages(async (token) => {
    const list = await admin.listNodeExecutions({
      workflowExecutionId: { ...execution },
      limit: 100,
      token,
      uniqueParentId: parent,
      sortBy,
    });
    return { items: list.nodeExecutions ?? [], token: list.token };
  }, most);
}
