// Admin's tables as filters and sort keys name them: Flyte's column names. A timestamp is RFC 3339 text in UTC with six
// decimals everywhere (it sorts as text); a duration is a number of nanoseconds; bytes are encoded protobuf.

export type ColumnKind = "text" | "integer" | "timestamp" | "duration";

const time = { created_at: "timestamp", updated_at: "timestamp" } as const;
const versioned = { project: "text", domain: "text", name: "text", version: "text" } as const;

/** Columns that filters and sort keys may name, by entity. */
export const filterableColumns = {
  project: { ...time, identifier: "text", name: "text", description: "text", state: "integer" },
  task: { ...time, ...versioned, type: "text", short_description: "text" },
  workflow: { ...time, ...versioned, short_description: "text" },
  launch_plan: { ...time, ...versioned, workflow_id: "integer", state: "integer", schedule_type: "text", launch_condition_type: "text" },
  named_entity: { resource_type: "integer", project: "text", domain: "text", name: "text" },
  named_entity_metadata: {
    ...time,
    resource_type: "integer",
    project: "text",
    domain: "text",
    name: "text",
    description: "text",
    state: "integer",
  },
  description_entity: { ...time, ...versioned, resource_type: "integer", short_description: "text" },
  execution: {
    ...time,
    execution_project: "text",
    execution_domain: "text",
    execution_name: "text",
    launch_plan_id: "integer",
    workflow_id: "integer",
    task_id: "integer",
    phase: "text",
    started_at: "timestamp",
    execution_created_at: "timestamp",
    execution_updated_at: "timestamp",
    duration: "duration",
    abort_cause: "text",
    mode: "integer",
    source_execution_id: "integer",
    parent_node_execution_id: "integer",
    cluster: "text",
    error_kind: "text",
    error_code: "text",
    user: "text",
    state: "integer",
    launch_entity: "text",
  },
  node_execution: {
    ...time,
    execution_project: "text",
    execution_domain: "text",
    execution_name: "text",
    node_id: "text",
    phase: "text",
    input_uri: "text",
    started_at: "timestamp",
    node_execution_created_at: "timestamp",
    node_execution_updated_at: "timestamp",
    duration: "duration",
    parent_id: "integer",
    parent_task_execution_id: "integer",
    error_kind: "text",
    error_code: "text",
    cache_status: "text",
  },
  task_execution: {
    ...time,
    execution_project: "text",
    execution_domain: "text",
    execution_name: "text",
    node_id: "text",
    project: "text",
    domain: "text",
    name: "text",
    version: "text",
    retry_attempt: "integer",
    phase: "text",
    phase_version: "integer",
    input_uri: "text",
    started_at: "timestamp",
    task_execution_created_at: "timestamp",
    task_execution_updated_at: "timestamp",
    duration: "duration",
  },
} as const satisfies Record<string, Record<string, ColumnKind>>;

export type EntityName = keyof typeof filterableColumns;
