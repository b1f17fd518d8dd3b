import type { Kysely } from "kysely";
import type { SqlDialect } from "../sql-database.ts";
import { ofExecution, withColumns } from "./column-kinds.ts";

/** Propeller's tables: a row a workflow, a row a node. */
export async function propellerTables(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  await withColumns(dialect.withKey(db.schema.createTable("active_workflows")), dialect, {
    ...ofExecution,
    closure: "bytes",
    execution_spec: "bytes",
    inputs_uri: "text",
    created_ms: "integer",
    version: "integer",
    epoch: "integer",
    owner: "text",
    lease_until: "integer",
    state: "text?",
    termination: "text?",
    completed: "integer",
  })
    .addUniqueConstraint("active_workflows_unique", Object.keys(ofExecution))
    .execute();
  await db.schema.createIndex("active_workflows_open").on("active_workflows").columns(["completed", "id"]).execute();

  await withColumns(db.schema.createTable("workflow_nodes"), dialect, { workflow_key: "integer", node_id: "text", state: "text" })
    .addPrimaryKeyConstraint("workflow_nodes_key", ["workflow_key", "node_id"])
    .addForeignKeyConstraint("workflow_nodes_workflow", ["workflow_key"], "active_workflows", ["id"], (key) => key.onDelete("cascade"))
    .execute();
}
