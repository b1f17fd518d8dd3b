import { type Kysely, sql } from "kysely";
import type { SqlDialect } from "../sql-database.ts";
import { type ColumnType, ofExecution, times, versioned, withColumns } from "./column-kinds.ts";

type Columns = Readonly<Record<string, ColumnType | `${ColumnType}?`>>;

interface TableDefinition {
  readonly columns: Columns;
  readonly unique: readonly string[];
  readonly indexes?: readonly (readonly string[])[];
  /** Columns that are mostly null, each with an index of the rows where it is not: an index of nulls is worse than none. */
  readonly references?: readonly string[];
}

const latest = [["project", "domain", "name", "created_at", "id"]];
const execution = Object.keys(ofExecution);

const tables: Readonly<Record<string, TableDefinition>> = {
  projects: {
    columns: { ...times, identifier: "text", name: "text", description: "text", labels: "bytes", state: "integer" },
    unique: ["identifier"],
  },
  tasks: {
    columns: { ...times, ...versioned, type: "text", digest: "bytes", closure: "bytes", short_description: "text" },
    unique: Object.keys(versioned),
    indexes: latest,
  },
  workflows: {
    columns: {
      ...times,
      ...versioned,
      digest: "bytes",
      typed_interface: "bytes",
      remote_closure_identifier: "text",
      short_description: "text",
    },
    unique: Object.keys(versioned),
    indexes: latest,
  },
  launch_plans: {
    columns: {
      ...times,
      ...versioned,
      digest: "bytes",
      spec: "bytes",
      closure: "bytes",
      workflow_id: "integer",
      state: "integer",
      schedule_type: "text",
      launch_condition_type: "text?",
    },
    unique: Object.keys(versioned),
    indexes: [...latest, ["project", "domain", "name", "state"], ["workflow_id"]],
  },
  named_entity_metadata: {
    columns: { ...times, resource_type: "integer", project: "text", domain: "text", name: "text", description: "text", state: "integer" },
    unique: ["resource_type", "project", "domain", "name"],
  },
  executions: {
    columns: {
      ...times,
      ...ofExecution,
      launch_plan_id: "integer?",
      workflow_id: "integer?",
      task_id: "integer?",
      phase: "text",
      spec: "bytes",
      closure: "bytes",
      execution_created_at: "text",
      execution_updated_at: "text",
      started_at: "text?",
      duration: "integer?",
      abort_cause: "text",
      mode: "integer",
      source_execution_id: "integer?",
      parent_node_execution_id: "integer?",
      cluster: "text",
      inputs_uri: "text",
      user_inputs_uri: "text",
      error_kind: "text?",
      error_code: "text?",
      user: "text",
      state: "integer",
      launch_entity: "text",
      last_sequence: "integer",
    },
    unique: execution,
    indexes: [
      ["execution_project", "execution_domain", "created_at", "id"],
      ["execution_project", "execution_domain", "execution_created_at", "id"],
      ["execution_project", "execution_domain", "phase"],
      ["execution_project", "execution_domain", "id"],
      ["launch_plan_id"],
      ["workflow_id"],
    ],
    references: ["task_id", "parent_node_execution_id"],
  },
  node_executions: {
    columns: {
      ...times,
      ...ofExecution,
      node_id: "text",
      phase: "text",
      input_uri: "text",
      closure: "bytes",
      node_execution_metadata: "bytes",
      node_execution_created_at: "text",
      node_execution_updated_at: "text",
      started_at: "text?",
      duration: "integer?",
      parent_id: "integer?",
      parent_task_execution_id: "integer?",
      error_kind: "text?",
      error_code: "text?",
      cache_status: "text?",
      dynamic_workflow_remote_closure_reference: "text",
    },
    unique: [...execution, "node_id"],
    references: ["parent_id", "parent_task_execution_id"],
  },
  task_executions: {
    columns: {
      ...times,
      ...ofExecution,
      ...versioned,
      node_id: "text",
      retry_attempt: "integer",
      phase: "text",
      phase_version: "integer",
      input_uri: "text",
      closure: "bytes",
      task_execution_created_at: "text",
      task_execution_updated_at: "text",
      started_at: "text?",
      duration: "integer?",
      cpu_seconds: "real?",
      peak_memory_bytes: "integer?",
    },
    unique: [...execution, "node_id", ...Object.keys(versioned), "retry_attempt"],
  },
  // Matchable resources.
  resources: {
    columns: {
      ...times,
      priority: "integer",
      project: "text",
      domain: "text",
      workflow: "text",
      launch_plan: "text",
      resource_type: "text",
      attributes: "bytes",
    },
    unique: ["project", "domain", "workflow", "launch_plan", "resource_type"],
  },
};

/** Admin's tables, and the events of each execution for those who watch it. */
export async function adminTables(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  for (const [name, { columns, unique, indexes = [], references = [] }] of Object.entries(tables)) {
    await withColumns(dialect.withKey(db.schema.createTable(name)), dialect, columns).execute();
    await db.schema
      .createIndex(`${name}_unique`)
      .on(name)
      .columns([...unique])
      .unique()
      .execute();
    for (const column of references) {
      await db.schema.createIndex(`${name}_by_${column}`).on(name).column(column).where(sql.ref(column), "is not", null).execute();
    }
    for (const index of indexes)
      await db.schema
        .createIndex(`${name}_by_${index.join("_")}`)
        .on(name)
        .columns([...index])
        .execute();
  }
  const events = withColumns(db.schema.createTable("watch_events"), dialect, { ...ofExecution, sequence: "integer", event: "bytes" });
  await events
    .addPrimaryKeyConstraint("watch_events_key", ["execution_project", "execution_domain", "execution_name", "sequence"])
    .execute();
}
