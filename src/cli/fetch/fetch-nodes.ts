import type { AdminClient } from "../../client/admin-client.ts";
import type { flyteidl } from "../../idl/flyteidl.ts";
import { nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { NodeExecutionView } from "../views/node-execution-view.ts";
import { inOrderOfStart, nodeExecutionView } from "../views/node-execution-view.ts";
import { allPages } from "./all-pages.ts";
import { withWholeErrors } from "./whole-errors.ts";

const most = 2000;
/** The start and end node do nothing a person asks about. */
const invisible = new Set(["start-node", "end-node"]);

/** The node executions of an execution, each followed by its children, at most 2000; start and end nodes are left out. */
export async function fetchNodes(admin: AdminClient, execution: WorkflowExecutionId, now: number): Promise<NodeExecutionView[]> {
  const views: NodeExecutionView[] = [];
  const visit = async (parent: string, depth: number): Promise<void> => {
    const below = (await nodesBelow(admin, execution, parent)).map((node) => nodeExecutionView(node, now, depth));
    for (const view of below.sort(inOrderOfStart)) {
      if (views.length >= most) return;
      if (invisible.has(view.specNodeId ?? view.nodeId)) continue;
      views.push(view);
      // A parent that lists itself as a child would never end.
      if ((view.isParent || view.isArray) && view.nodeId !== parent && depth < 50) await visit(view.nodeId, depth + 1);
    }
  };
  await visit("", 0);
  return wholeNodes(admin, execution, views, now);
}

/** The views with the whole messages of their errors, where a list has cut them. */
export function wholeNodes(
  admin: AdminClient,
  execution: WorkflowExecutionId,
  views: readonly NodeExecutionView[],
  now: number,
): Promise<NodeExecutionView[]> {
  return withWholeErrors(views, async (view) => {
    const node = await admin.getNodeExecution({ id: nodeExecutionIdentifierOf({ execution, nodeId: view.nodeId }) });
    return { ...view, error: nodeExecutionView(node, now).error };
  });
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
