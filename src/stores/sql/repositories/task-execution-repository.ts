import type { Insertable, Kysely, Selectable } from "kysely";
import type { New, StateWriter, TaskExecutionRow } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import type { SqlContext } from "../sql-database.ts";
import { timestampText } from "../timestamp-text.ts";
import { insertedKey, mustChange, wholeOf } from "./inserted-key.ts";

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
  return {
    async get({ task, node, retryAttempt }) {
      const row = await all()
        .where("execution_project", "=", node.execution.project)
        .where("execution_domain", "=", node.execution.domain)
        .where("execution_name", "=", node.execution.name)
        .where("node_id", "=", node.nodeId)
        .where("project", "=", task.project)
        .where("domain", "=", task.domain)
        .where("name", "=", task.name)
        .where("version", "=", task.version)
        .where("retry_attempt", "=", retryAttempt)
        .executeTakeFirst();
      return row && rowOf(row);
    },
    list: async (query) => (await listed(all(), "task_execution", query).execute()).map(rowOf),
    async insert(row) {
      const now = timestampText(clock.now());
      const inserted = await db
        .insertInto("task_executions")
        .values({ ...columnsOf(row), created_at: now, updated_at: now })
        .onConflict((conflict) => conflict.columns(unique).doNothing())
        .returning("id")
        .executeTakeFirst();
      return insertedKey(inserted, unique);
    },
    async update(row) {
      const values = { ...columnsOf(row), updated_at: timestampText(clock.now()) };
      const changed = await db.updateTable("task_executions").set(values).where("id", "=", row.key).executeTakeFirst();
      mustChange(changed, "task_executions", row.key);
    },
  };
}

function columnsOf(row: New<TaskExecutionRow>): Omit<Insertable<Tables["task_executions"]>, "created_at" | "updated_at"> {
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
