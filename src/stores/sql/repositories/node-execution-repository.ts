import type { Insertable, Kysely, Selectable } from "kysely";
import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import type { New, NodeExecutionRow, StateWriter } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import type { SqlContext } from "../sql-database.ts";
import { preparedQuery } from "../prepared-query.ts";
import { timestampText } from "../timestamp-text.ts";
import { insertedKey, mustChange, wholeOf } from "./inserted-key.ts";
import { withoutColumns } from "./without-columns.ts";

const unique = ["execution_project", "execution_domain", "execution_name", "node_id"] as const;

export function nodeExecutionRepository(db: Kysely<Tables>, { clock }: SqlContext): StateWriter["nodeExecutions"] {
  const all = () => db.selectFrom("node_executions").selectAll("node_executions");
  const insert = preparedQuery(db, (values: Insertable<Tables["node_executions"]>) =>
    db
      .insertInto("node_executions")
      .values(values)
      .onConflict((conflict) => conflict.columns(unique).doNothing())
      .returning("id"),
  );
  const update = preparedQuery(db, ({ key, ...values }: Columns & { readonly key: number; readonly updated_at: string }) =>
    db.updateTable("node_executions").set(withoutColumns(values, unique)).where("id", "=", key),
  );
  const get = preparedQuery(db, ({ project, domain, name, nodeId }: WorkflowExecutionId & { readonly nodeId: string }) =>
    all()
      .where("execution_project", "=", project)
      .where("execution_domain", "=", domain)
      .where("execution_name", "=", name)
      .where("node_id", "=", nodeId),
  );
  return {
    async get({ execution, nodeId }) {
      const row = (await get({ ...execution, nodeId })).rows[0];
      return row && rowOf(row);
    },
    async getByKey(key) {
      const row = await all().where("id", "=", key).executeTakeFirst();
      return row && rowOf(row);
    },
    async list(query, parent) {
      let select = all();
      if (parent === "top-level") select = select.where("parent_id", "is", null).where("parent_task_execution_id", "is", null);
      else if (parent !== "any") select = select.where("parent_id", "=", parent);
      return (await listed(select, "node_execution", query).execute()).map(rowOf);
    },
    async insert(row) {
      const now = timestampText(clock.now());
      const inserted = await insert({ ...columnsOf(row), created_at: now, updated_at: now });
      return insertedKey(inserted.rows[0], unique);
    },
    async update(row) {
      const changed = await update({ ...columnsOf(row), key: row.key, updated_at: timestampText(clock.now()) });
      mustChange({ numUpdatedRows: changed.numAffectedRows ?? 0n }, "node_executions", row.key);
    },
  };
}

type Columns = Omit<Insertable<Tables["node_executions"]>, "created_at" | "updated_at">;

function columnsOf(row: New<NodeExecutionRow>): Columns {
  return {
    execution_project: row.id.execution.project,
    execution_domain: row.id.execution.domain,
    execution_name: row.id.execution.name,
    node_id: row.id.nodeId,
    phase: row.phase,
    input_uri: row.inputUri,
    closure: row.closure,
    node_execution_metadata: row.metadata,
    node_execution_created_at: row.createdAt,
    node_execution_updated_at: row.updatedAt,
    started_at: row.startedAt,
    duration: wholeOf(row.duration),
    parent_id: row.parentKey,
    parent_task_execution_id: row.parentTaskExecutionKey,
    error_kind: row.errorKind,
    error_code: row.errorCode,
    cache_status: row.cacheStatus,
    dynamic_workflow_remote_closure_reference: row.dynamicWorkflowClosureUri,
  };
}

function rowOf(row: Selectable<Tables["node_executions"]>): NodeExecutionRow {
  const execution = { project: row.execution_project, domain: row.execution_domain, name: row.execution_name };
  return {
    key: row.id,
    id: { execution, nodeId: row.node_id },
    phase: row.phase,
    inputUri: row.input_uri,
    closure: row.closure,
    metadata: row.node_execution_metadata,
    createdAt: row.node_execution_created_at,
    updatedAt: row.node_execution_updated_at,
    startedAt: row.started_at,
    duration: row.duration,
    parentKey: row.parent_id,
    parentTaskExecutionKey: row.parent_task_execution_id,
    errorKind: row.error_kind,
    errorCode: row.error_code,
    cacheStatus: row.cache_status,
    dynamicWorkflowClosureUri: row.dynamic_workflow_remote_closure_reference,
  };
}
