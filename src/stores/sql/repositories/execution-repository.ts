import type { Insertable, Kysely, Selectable } from "kysely";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import type { ExecutionRow, New, StateWriter } from "../../../ports/state-store.ts";
import { listIndex } from "../list-index.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import type { Announcements, SqlContext } from "../sql-database.ts";
import { preparedQuery } from "../prepared-query.ts";
import { timestampText } from "../timestamp-text.ts";
import { insertedKey, mustChange, wholeOf } from "./inserted-key.ts";
import { withoutColumns } from "./without-columns.ts";

const unique = ["execution_project", "execution_domain", "execution_name"] as const;
// What an execution is of, and when it began, never changes.
const fixed = [...unique, "launch_plan_id", "workflow_id", "task_id", "execution_created_at"] as const;

/** Of one statement. */
const tagsAtOnce = 500;

export function executionRepository(
  db: Kysely<Tables>,
  inOrder: Kysely<Tables>,
  { clock, dialect }: SqlContext,
  announcements?: Announcements,
): StateWriter["executions"] {
  const all = (from = db) => from.selectFrom("executions").selectAll("executions");
  const named = ({ project, domain, name }: WorkflowExecutionId) =>
    db
      .selectFrom("executions")
      .where("execution_project", "=", project)
      .where("execution_domain", "=", domain)
      .where("execution_name", "=", name);
  const one = (id: WorkflowExecutionId) => named(id).selectAll("executions");
  const get = preparedQuery(db, one);
  const lock = preparedQuery(db, (id: WorkflowExecutionId) => dialect.lockRows(one(id)));
  const lockSequence = preparedQuery(db, (id: WorkflowExecutionId) =>
    dialect.lockRows(named(id).select(["id", "cluster", "last_sequence"])),
  );
  const setSequence = preparedQuery(
    db,
    ({ key, ...values }: { readonly key: number; readonly last_sequence: number; readonly updated_at: string }) =>
      db.updateTable("executions").set(values).where("id", "=", key),
  );
  const insert = preparedQuery(db, (values: Insertable<Tables["executions"]>) =>
    db
      .insertInto("executions")
      .values(values)
      .onConflict((conflict) => conflict.columns(unique).doNothing())
      .returning("id"),
  );
  const update = preparedQuery(db, ({ key, ...values }: Columns & { readonly key: number; readonly updated_at: string }) =>
    db.updateTable("executions").set(withoutColumns(values, fixed)).where("id", "=", key),
  );
  return {
    async get({ project, domain, name }) {
      const row = (await get({ project, domain, name })).rows[0];
      return row && rowOf(row);
    },
    async getByKey(key) {
      const row = await all().where("id", "=", key).executeTakeFirst();
      return row && rowOf(row);
    },
    async lock({ project, domain, name }) {
      const row = (await lock({ project, domain, name })).rows[0];
      return row && rowOf(row);
    },
    async lockSequence({ project, domain, name }) {
      const row = (await lockSequence({ project, domain, name })).rows[0];
      return row && { key: row.id, cluster: row.cluster, lastSequence: row.last_sequence };
    },
    async setSequence(key, lastSequence) {
      const changed = await setSequence({ key, last_sequence: lastSequence, updated_at: timestampText(clock.now()) });
      mustChange({ numUpdatedRows: changed.numAffectedRows ?? 0n }, "executions", key);
    },
    list: async (query) => (await listed(all(listIndex("execution", query) ? inOrder : db), "execution", query).execute()).map(rowOf),
    async countByPhase(project, domain) {
      const rows = await db
        .selectFrom("executions")
        .select((build) => ["phase", build.fn.countAll().as("count")])
        .where("execution_project", "=", project)
        .where("execution_domain", "=", domain)
        .groupBy("phase")
        .execute();
      return Object.fromEntries(rows.map(({ phase, count }) => [phase, Number(count)]));
    },
    async wake({ execution, nodeId }) {
      await announcements?.announce(db, "workflow", execution, nodeId);
    },
    async insert(row) {
      const now = timestampText(clock.now());
      const inserted = await insert({ ...columnsOf(row), created_at: now, updated_at: now });
      return insertedKey(inserted.rows[0], unique);
    },
    async update(row) {
      const changed = await update({ ...columnsOf(row), key: row.key, updated_at: timestampText(clock.now()) });
      mustChange({ numUpdatedRows: changed.numAffectedRows ?? 0n }, "executions", row.key);
    },
    async insertTags({ project, domain, name }, tags) {
      const now = timestampText(clock.now());
      const execution = { execution_project: project, execution_domain: domain, execution_name: name };
      const rows = tags.map(({ key, value }) => ({ ...execution, key, value, created_at: now, updated_at: now }));
      for (let start = 0; start < rows.length; start += tagsAtOnce) {
        await db
          .insertInto("execution_tags")
          .values(rows.slice(start, start + tagsAtOnce))
          .execute();
      }
    },
    async delete({ project, domain, name }) {
      for (const table of ["watch_events", "execution_tags", "executions"] as const) {
        await db
          .deleteFrom(table)
          .where("execution_project", "=", project)
          .where("execution_domain", "=", domain)
          .where("execution_name", "=", name)
          .execute();
      }
    },
  };
}

type Columns = Omit<Insertable<Tables["executions"]>, "created_at" | "updated_at">;

function columnsOf(row: New<ExecutionRow>): Columns {
  return {
    execution_project: row.id.project,
    execution_domain: row.id.domain,
    execution_name: row.id.name,
    launch_plan_id: row.launchPlanKey,
    workflow_id: row.workflowKey,
    task_id: row.taskKey,
    phase: row.phase,
    spec: row.spec,
    closure: row.closure,
    execution_created_at: row.createdAt,
    execution_updated_at: row.updatedAt,
    started_at: row.startedAt,
    duration: wholeOf(row.duration),
    abort_cause: row.abortCause,
    mode: row.mode,
    source_execution_id: row.sourceExecutionKey,
    parent_node_execution_id: row.parentNodeExecutionKey,
    cluster: row.cluster,
    inputs_uri: row.inputsUri,
    user_inputs_uri: row.userInputsUri,
    error_kind: row.errorKind,
    error_code: row.errorCode,
    user: row.user,
    state: row.state,
    launch_entity: row.launchEntity,
    last_sequence: row.lastSequence,
  };
}

function rowOf(row: Selectable<Tables["executions"]>): ExecutionRow {
  return {
    key: row.id,
    id: { project: row.execution_project, domain: row.execution_domain, name: row.execution_name },
    launchPlanKey: row.launch_plan_id,
    workflowKey: row.workflow_id,
    taskKey: row.task_id,
    phase: row.phase,
    spec: row.spec,
    closure: row.closure,
    createdAt: row.execution_created_at,
    updatedAt: row.execution_updated_at,
    startedAt: row.started_at,
    duration: row.duration,
    abortCause: row.abort_cause,
    mode: row.mode,
    sourceExecutionKey: row.source_execution_id,
    parentNodeExecutionKey: row.parent_node_execution_id,
    cluster: row.cluster,
    inputsUri: row.inputs_uri,
    userInputsUri: row.user_inputs_uri,
    errorKind: row.error_kind,
    errorCode: row.error_code,
    user: row.user,
    state: row.state,
    launchEntity: row.launch_entity === "task" ? "task" : "launch_plan",
    lastSequence: row.last_sequence,
  };
}
