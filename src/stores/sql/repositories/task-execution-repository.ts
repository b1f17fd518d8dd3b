import type { Insertable, Kysely, Selectable } from "kysely";
import type { New, StateWriter, TaskExecutionRow } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import type { SqlContext } from "../sql-database.ts";
import { preparedQuery } from "../prepared-query.ts";
import { timestampText } from "../timestamp-text.ts";
import { insertedKey, mustChange, wholeOf } from "./inserted-key.ts";
import { withoutColumns } from "./without-columns.ts";

const unique = [
  "execution_project",
  "execution_domain",
  "execution_name",
  "node_id",
  "project",
  "domain",
  "name",
  "version",
  "retry_attempt",
] as const;

export function taskExecutionRepository(db: Kysely<Tables>, { clock }: SqlContext): StateWriter["taskExecutions"] {
  const all = () => db.selectFrom("task_executions").selectAll("task_executions");
  const insert = preparedQuery(db, (values: Insertable<Tables["task_executions"]>) =>
    db
      .insertInto("task_executions")
      .values(values)
      .onConflict((conflict) => conflict.columns(unique).doNothing())
      .returning("id"),
  );
  const update = preparedQuery(db, ({ key, ...values }: Columns & { readonly key: number; readonly updated_at: string }) =>
    db.updateTable("task_executions").set(withoutColumns(values, unique)).where("id", "=", key),
  );
  type Key = Pick<Columns, (typeof unique)[number]>;
  const get = preparedQuery(db, (key: Key) => unique.reduce((select, column) => select.where(column, "=", key[column]), all()));
  return {
    async get({ task, node, retryAttempt }) {
      const { project, domain, name } = node.execution;
      const own = { execution_project: project, execution_domain: domain, execution_name: name, node_id: node.nodeId };
      const row = (await get({ ...own, ...task, retry_attempt: retryAttempt })).rows[0];
      return row && rowOf(row);
    },
    list: async (query) => (await listed(all(), "task_execution", query).execute()).map(rowOf),
    async insert(row) {
      const now = timestampText(clock.now());
      const inserted = await insert({ ...columnsOf(row), created_at: now, updated_at: now });
      return insertedKey(inserted.rows[0], unique);
    },
    async update(row) {
      const changed = await update({ ...columnsOf(row), key: row.key, updated_at: timestampText(clock.now()) });
      mustChange({ numUpdatedRows: changed.numAffectedRows ?? 0n }, "task_executions", row.key);
    },
  };
}

type Columns = Omit<Insertable<Tables["task_executions"]>, "created_at" | "updated_at">;

function columnsOf(row: New<TaskExecutionRow>): Columns {
  const { task, node, retryAttempt } = row.id;
  return {
    project: task.project,
    domain: task.domain,
    name: task.name,
    version: task.version,
    execution_project: node.execution.project,
    execution_domain: node.execution.domain,
    execution_name: node.execution.name,
    node_id: node.nodeId,
    retry_attempt: retryAttempt,
    phase: row.phase,
    phase_version: row.phaseVersion,
    input_uri: row.inputUri,
    closure: row.closure,
    task_execution_created_at: row.createdAt,
    task_execution_updated_at: row.updatedAt,
    started_at: row.startedAt,
    duration: wholeOf(row.duration),
    cpu_seconds: row.cpuSeconds,
    peak_memory_bytes: wholeOf(row.peakMemoryBytes),
  };
}

function rowOf(row: Selectable<Tables["task_executions"]>): TaskExecutionRow {
  const { project, domain, name, version } = row;
  const execution = { project: row.execution_project, domain: row.execution_domain, name: row.execution_name };
  return {
    key: row.id,
    id: { task: { project, domain, name, version }, node: { execution, nodeId: row.node_id }, retryAttempt: row.retry_attempt },
    phase: row.phase,
    phaseVersion: row.phase_version,
    inputUri: row.input_uri,
    closure: row.closure,
    createdAt: row.task_execution_created_at,
    updatedAt: row.task_execution_updated_at,
    startedAt: row.started_at,
    duration: row.duration,
    cpuSeconds: row.cpu_seconds,
    peakMemoryBytes: row.peak_memory_bytes,
  };
}
