import type { AdminClient } from "../../client/admin-client.ts";
import type { TaskExecutionId } from "../../idl/identifiers.ts";
import { taskExecutionIdentifierOf } from "../../idl/identifiers.ts";
import type { Answer } from "../answer.ts";
import { fetchTaskData } from "../fetch/fetch-data.ts";
import { renderFields } from "../table.ts";
import { reasonToShow, taskExecutionView } from "../views/task-execution-view.ts";
import { durationText } from "../views/time-view.ts";
import { dataFields } from "./data-fields.ts";

/** Of an array there may be thousands. */
const mostLogs = 10;

/** One attempt of a task with its data. */
export async function taskExecutionAnswer(admin: AdminClient, id: TaskExecutionId, now: number): Promise<Answer> {
  const [execution, data] = await Promise.all([admin.getTaskExecution({ id: taskExecutionIdentifierOf(id) }), fetchTaskData(admin, id)]);
  const view = { ...taskExecutionView(execution, now), ...data };
  const text = (): string =>
    renderFields([
      ["attempt", view.urn],
      ["task", view.task],
      ["phase", view.phase],
      ...(reasonToShow(view) === "" ? [] : [[view.elements === null ? "reason" : "elements", reasonToShow(view)] as const]),
      ["started", view.startedAt ?? "not yet"],
      ["duration", durationText(view.durationSeconds)],
      ...view.logs.slice(0, mostLogs).map(({ name, uri }) => ["log", name ? `${uri} (${name})` : uri] as const),
      ...(view.logs.length > mostLogs ? [["", `… and ${view.logs.length - mostLogs} more; flyte logs shows them`] as const] : []),
      ...dataFields(view),
      ...(view.error === null ? [] : [["error", `[${view.error.code}] ${view.error.message}`] as const]),
    ]);
  return { data: view, urns: [view.urn], text };
}
