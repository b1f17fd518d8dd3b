import { nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import type { Answer } from "../answer.ts";
import { checkScope } from "../check-scope.ts";
import type { Deployment } from "../deployment.ts";
import { wholeAttempts } from "../fetch/fetch-attempts.ts";
import { wholeNodes } from "../fetch/fetch-nodes.ts";
import { fetchClosure, nodeName } from "../fetch/node-definitions.ts";
import { byStart, listAnswer, listRequest } from "../listing.ts";
import type { ListFlags } from "../listing.ts";
import { executionTarget, runTarget, wrongTarget } from "../target.ts";
import { executionTable, executionView } from "../views/execution-view.ts";
import { inOrderOfStart, nodeExecutionTable, nodeExecutionView } from "../views/node-execution-view.ts";
import { taskExecutionTable, taskExecutionView } from "../views/task-execution-view.ts";
import { executionAnswer, fetchExecution } from "./execution-answer.ts";
import { nodeExecutionAnswer } from "./node-execution-answer.ts";
import { taskExecutionAnswer } from "./task-execution-answer.ts";

/** One execution, or those of the project and domain. */
export async function getExecution(
  { admin, ...scope }: Deployment,
  target: string | undefined,
  flags: ListFlags,
  now: number,
): Promise<Answer> {
  if (target !== undefined) return executionAnswer(await fetchExecution(admin, executionTarget(target, scope), now));
  const list = await admin.listExecutions({ id: { project: scope.project, domain: scope.domain }, ...listRequest(flags, "execution") });
  if (!list.executions?.length) await checkScope(admin, scope);
  return listAnswer(
    (list.executions ?? []).map((each) => executionView(each, now)),
    list.token,
    executionTable,
  );
}

/** One node execution, or the top-level ones of an execution. */
export async function getNodeExecution({ admin, ...scope }: Deployment, target: string, flags: ListFlags, now: number): Promise<Answer> {
  const found = runTarget(target, scope);
  if (found.kind === "node_execution") return nodeExecutionAnswer(admin, found.id, now);
  if (found.kind !== "execution") throw wrongTarget(target, ["node_execution", "execution"]);
  const [list, execution] = await Promise.all([
    admin.listNodeExecutions({ workflowExecutionId: { ...found.id }, ...listRequest(flags, "node_execution") }),
    admin.getExecution({ id: { ...found.id } }),
  ]);
  const closure = await fetchClosure(admin, execution.closure?.workflowId);
  const listed = (list.nodeExecutions ?? []).map((each) => nodeExecutionView(each, now));
  const views = await wholeNodes(admin, found.id, flags["sort-by"] === byStart ? listed.sort(inOrderOfStart) : listed, now);
  return listAnswer(
    views.map((view) => ({ ...view, name: nodeName(closure, view) ?? null })),
    list.token,
    nodeExecutionTable,
  );
}

/** One task execution, or the attempts of a node. */
export async function getTaskExecution({ admin, ...scope }: Deployment, target: string, flags: ListFlags, now: number): Promise<Answer> {
  const found = runTarget(target, scope);
  if (found.kind === "task_execution") return taskExecutionAnswer(admin, found.id, now);
  if (found.kind !== "node_execution") throw wrongTarget(target, ["task_execution", "node_execution"]);
  const list = await admin.listTaskExecutions({
    nodeExecutionId: nodeExecutionIdentifierOf(found.id),
    ...listRequest(flags, "task_execution"),
  });
  // A node that does not exist has no attempts either.
  if (!list.taskExecutions?.length) await admin.getNodeExecution({ id: nodeExecutionIdentifierOf(found.id) });
  const views = (list.taskExecutions ?? []).map((each) => taskExecutionView(each, now));
  return listAnswer(await wholeAttempts(admin, views, now), list.token, taskExecutionTable);
}
