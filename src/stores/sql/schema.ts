import type { Generated } from "kysely";

// The tables as Kysely sees them: Flyte's table and column names. Portable between SQLite and Postgres: no booleans, our
// own timestamp text (timestamp-text.ts), bytes, and whole numbers of at most 53 bits.

interface Times {
  created_at: string;
  updated_at: string;
}

interface Versioned extends Times {
  id: Generated<number>;
  project: string;
  domain: string;
  name: string;
  version: string;
}

interface OfExecution {
  execution_project: string;
  execution_domain: string;
  execution_name: string;
}

interface ProjectTable extends Times {
  id: Generated<number>;
  identifier: string;
  name: string;
  description: string;
  labels: Uint8Array;
  state: number;
}

interface TaskTable extends Versioned {
  type: string;
  digest: Uint8Array;
  closure: Uint8Array;
  short_description: string;
}

interface WorkflowTable extends Versioned {
  digest: Uint8Array;
  typed_interface: Uint8Array;
  remote_closure_identifier: string;
  short_description: string;
}

interface LaunchPlanTable extends Versioned {
  digest: Uint8Array;
  spec: Uint8Array;
  closure: Uint8Array;
  workflow_id: number;
  state: number;
  schedule_type: string;
  launch_condition_type: string | null;
}

interface SchedulableEntityTable extends Times {
  project: string;
  domain: string;
  name: string;
  version: string;
  cron_expression: string;
  fixed_rate_value: number;
  unit: number;
  kickoff_time_input_arg: string;
  active: number;
  last_tick: string | null;
}

interface NamedEntityMetadataTable extends Times {
  id: Generated<number>;
  resource_type: number;
  project: string;
  domain: string;
  name: string;
  description: string;
  state: number;
}

interface ExecutionTable extends Times, OfExecution {
  id: Generated<number>;
  launch_plan_id: number | null;
  workflow_id: number | null;
  task_id: number | null;
  phase: string;
  spec: Uint8Array;
  closure: Uint8Array;
  execution_created_at: string;
  execution_updated_at: string;
  started_at: string | null;
  duration: number | null;
  abort_cause: string;
  mode: number;
  source_execution_id: number | null;
  parent_node_execution_id: number | null;
  cluster: string;
  inputs_uri: string;
  user_inputs_uri: string;
  error_kind: string | null;
  error_code: string | null;
  user: string;
  state: number;
  launch_entity: string;
  last_sequence: number;
}

interface NodeExecutionTable extends Times, OfExecution {
  id: Generated<number>;
  node_id: string;
  phase: string;
  input_uri: string;
  closure: Uint8Array;
  node_execution_metadata: Uint8Array;
  node_execution_created_at: string;
  node_execution_updated_at: string;
  started_at: string | null;
  duration: number | null;
  parent_id: number | null;
  parent_task_execution_id: number | null;
  error_kind: string | null;
  error_code: string | null;
  cache_status: string | null;
  dynamic_workflow_remote_closure_reference: string;
}

interface TaskExecutionTable extends Times, OfExecution {
  id: Generated<number>;
  project: string;
  domain: string;
  name: string;
  version: string;
  node_id: string;
  retry_attempt: number;
  phase: string;
  phase_version: number;
  input_uri: string;
  closure: Uint8Array;
  task_execution_created_at: string;
  task_execution_updated_at: string;
  started_at: string | null;
  duration: number | null;
  cpu_seconds: number | null;
  peak_memory_bytes: number | null;
}

interface WatchEventTable extends OfExecution {
  sequence: number;
  event: Uint8Array;
}

interface DatasetTable {
  id: Generated<number>;
  project: string;
  domain: string;
  name: string;
  version: string;
  uuid: string;
  serialized_metadata: Uint8Array;
  /** JSON: a list of text. */
  partition_keys: string;
  created_at: string;
}

interface ArtifactTable {
  id: Generated<number>;
  dataset_id: number;
  artifact_id: string;
  serialized_metadata: Uint8Array;
  /** JSON: an object of text; the same pairs are rows of `partitions`, for filters. */
  serialized_partitions: string;
  created_at: string;
}

interface ArtifactDataTable {
  artifact_key: number;
  position: number;
  name: string;
  location: string;
}

interface PartitionTable {
  artifact_key: number;
  partition_key: string;
  value: string;
}

interface TagTable {
  id: Generated<number>;
  dataset_id: number;
  tag_name: string;
  artifact_key: number;
}

interface ReservationTable {
  dataset_id: number;
  tag_name: string;
  owner_id: string;
  expires_at: string;
}

interface ActiveWorkflowTable extends OfExecution {
  id: Generated<number>;
  closure: Uint8Array;
  execution_spec: Uint8Array;
  /** JSON; null for what was handed over by a version that did not have it. */
  config: string | null;
  inputs_uri: string;
  /** Epoch milliseconds, as lease_until. */
  created_ms: number;
  version: number;
  epoch: number;
  owner: string;
  lease_until: number;
  state: string | null;
  termination: string | null;
  completed: number;
}

interface WorkflowNodeTable {
  workflow_key: number;
  node_id: string;
  state: string;
}

interface ResourceTokenTable extends OfExecution {
  id: Generated<number>;
  namespace: string;
  token: string;
  node_id: string;
  /** 0 for who waits. */
  granted: number;
}

interface DescriptionEntityTable extends Versioned {
  resource_type: number;
  short_description: string;
  description: Uint8Array;
}

interface ResourceTable extends Times {
  id: Generated<number>;
  priority: number;
  project: string;
  domain: string;
  workflow: string;
  launch_plan: string;
  resource_type: string;
  attributes: Uint8Array;
}

interface ExecutionTagTable extends Times, OfExecution {
  key: string;
  value: string;
}

interface SignalTable extends OfExecution {
  id: Generated<number>;
  signal_id: string;
  type: Uint8Array;
  value: Uint8Array | null;
  created_at: string;
  updated_at: string;
}

/** Every table by name. */
export interface Tables {
  projects: ProjectTable;
  tasks: TaskTable;
  workflows: WorkflowTable;
  launch_plans: LaunchPlanTable;
  schedulable_entities: SchedulableEntityTable;
  named_entity_metadata: NamedEntityMetadataTable;
  description_entities: DescriptionEntityTable;
  executions: ExecutionTable;
  node_executions: NodeExecutionTable;
  task_executions: TaskExecutionTable;
  signals: SignalTable;
  resources: ResourceTable;
  execution_tags: ExecutionTagTable;
  watch_events: WatchEventTable;
  datasets: DatasetTable;
  artifacts: ArtifactTable;
  artifact_data: ArtifactDataTable;
  partitions: PartitionTable;
  tags: TagTable;
  reservations: ReservationTable;
  active_workflows: ActiveWorkflowTable;
  workflow_nodes: WorkflowNodeTable;
  resource_tokens: ResourceTokenTable;
}
