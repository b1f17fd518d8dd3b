import type { AdminClient } from "../../client/admin-client.ts";
import type { NodeExecutionId } from "../../idl/identifiers.ts";
import { nodeExecutionIdentifierOf } from "../../idl/identifiers.ts";
import type { Answer } from "../answer.ts";
import { fetchNodeData } from "../fetch/fetch-data.ts";
import { fetchAttempts } from "../fetch/fetch-attempts.ts";
import { renderFields, renderTable } from "../table.ts";
import { nodeExecutionView } from "../views/node-execution-view.ts";
import { taskExecutionTable } from "../views/task-execution-view.ts";
import { durationText } from "../views/time-view.ts";
import { dataFields } from "./data-fields.ts";

/** One node execution with its data and the attempts of its task. */
export async function nodeExecutionAnswer(admin: AdminClient, id: NodeExecutionId, now: number): Promise<Answer> {
  const [node, data, attempts] = await Promise.all([
    admin.getNodeExecution({ id: nodeExecutionIdentifierOf(id) }),
    fetchNodeData(admin, id),
    fetchAttempts(admin, id, now),
  ]);
  const view = { ...nodeExecutionView(node, now), ...data, attempts };
  const text = (width: number | undefined): string => {
    const fields = renderFields([
      ["node", view.urn],
      ["phase", view.phase],
      ["cache", view.cacheStatus ?? ""],
      ["started", view.startedAt ?? "not yet"],
      ["duration", durationText(view.durationSeconds)],
      ...(view.childExecution === null ? [] : [["execution", view.childExecution] as const]),
      ...dataFields(view),
      ...(view.error === null ? [] : [["error", `[${view.error.code}] ${view.error.message}`] as const]),
    ]);
    return attempts.length === 0 ? fields : `${fields}\n${renderTable(taskExecutionTable(attempts), width)}`;
  };
  return { data: view, urns: [view.urn], text };
}
