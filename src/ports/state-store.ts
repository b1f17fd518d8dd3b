import type { EntityId, NamedEntityId, NodeExecutionId, TaskExecutionId, WorkflowExecutionId } from "../idl/identifiers.ts";
import type { ExecutionTag } from "./execution-tags.ts";
import type { ListQuery } from "./list-query.ts";

// Rows of admin's and the catalog's tables. Timestamps and durations as tables.ts says. `key` is the surrogate key,
// given at insertion, rising.

export interface ProjectRow {
  readonly identifier: string;
  readonly name: string;
  readonly description: string;
  /** Encoded admin.Labels, or empty. */
  readonly labels: Uint8Array;
  /** admin.Project.ProjectState. */
  readonly state: number;
}

export interface TaskRow extends EntityId {
  readonly key: number;
  readonly createdAt: string;
  readonly type: string;
  readonly digest: Uint8Array;
  /** Encoded admin.TaskClosure. */
  readonly closure: Uint8Array;
  readonly shortDescription: string;
}

export interface WorkflowRow extends EntityId {
  readonly key: number;
  readonly createdAt: string;
  readonly digest: Uint8Array;
  /** Encoded core.TypedInterface. */
  readonly typedInterface: Uint8Array;
  /** URI of the encoded core.CompiledWorkflowClosure. */
  readonly remoteClosureIdentifier: string;
  readonly shortDescription: string;
}

export interface LaunchPlanRow extends EntityId {
  readonly key: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly digest: Uint8Array;
  /** Encoded admin.LaunchPlanSpec. */
  readonly spec: Uint8Array;
  /** Encoded admin.LaunchPlanClosure, without state. */
  readonly closure: Uint8Array;
  readonly workflowKey: number;
  /** admin.LaunchPlanState; a column, injected into the closure on reads. */
  readonly state: number;
  readonly scheduleType: "NONE" | "CRON" | "RATE";
}

/** When a launch plan that is active launches by itself. */
export interface ScheduleRow extends EntityId {
  /** A cron expression; empty for a fixed rate. */
  readonly cron: string;
  /** `unit` is admin.FixedRateUnit; `value` 0 beside a cron expression. */
  readonly rate: { readonly value: number; readonly unit: number };
  /** The input that is given the time of the tick; empty for none. */
  readonly kickoffArgument: string;
  /** It has ticks after this time only. */
  readonly activatedAt: string;
  /** The last one that is done with. */
  readonly lastTick: string | null;
}

export interface NamedEntityRow extends NamedEntityId {
  /** core.ResourceType. */
  readonly resourceType: number;
  readonly description: string;
  /** admin.NamedEntityState; 0 without a metadata row. */
  readonly state: number;
}

export interface ExecutionRow {
  readonly key: number;
  readonly id: WorkflowExecutionId;
  readonly launchPlanKey: number | null;
  readonly workflowKey: number | null;
  readonly taskKey: number | null;
  readonly phase: string;
  /** Encoded admin.ExecutionSpec. */
  readonly spec: Uint8Array;
  /** Encoded admin.ExecutionClosure. */
  readonly closure: Uint8Array;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly duration: number | null;
  readonly abortCause: string;
  readonly mode: number;
  readonly sourceExecutionKey: number | null;
  readonly parentNodeExecutionKey: number | null;
  readonly cluster: string;
  readonly inputsUri: string;
  readonly userInputsUri: string;
  readonly errorKind: string | null;
  readonly errorCode: string | null;
  readonly user: string;
  /** admin.ExecutionState: 0 active, 1 archived. */
  readonly state: number;
  readonly launchEntity: "launch_plan" | "task";
  /** Sequence number of the last watch event. */
  readonly lastSequence: number;
}

export interface NodeExecutionRow {
  readonly key: number;
  readonly id: NodeExecutionId;
  readonly phase: string;
  readonly inputUri: string;
  /** Encoded admin.NodeExecutionClosure. */
  readonly closure: Uint8Array;
  /** Encoded admin.NodeExecutionMetaData. */
  readonly metadata: Uint8Array;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly duration: number | null;
  readonly parentKey: number | null;
  readonly parentTaskExecutionKey: number | null;
  readonly errorKind: string | null;
  readonly errorCode: string | null;
  readonly cacheStatus: string | null;
  readonly dynamicWorkflowClosureUri: string;
}

export interface TaskExecutionRow {
  readonly key: number;
  readonly id: TaskExecutionId;
  readonly phase: string;
  readonly phaseVersion: number;
  readonly inputUri: string;
  /** Encoded admin.TaskExecutionClosure. */
  readonly closure: Uint8Array;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly duration: number | null;
  readonly cpuSeconds: number | null;
  readonly peakMemoryBytes: number | null;
}

/** What a gate node of an execution waits for. */
export interface SignalRow {
  readonly key: number;
  readonly execution: WorkflowExecutionId;
  readonly signalId: string;
  /** Encoded core.LiteralType. */
  readonly type: Uint8Array;
  /** Encoded core.Literal; null before it is set. */
  readonly value: Uint8Array | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What people wrote about a version of a task or workflow. */
export interface DescriptionRow extends EntityId {
  readonly key: number;
  readonly resourceType: number;
  readonly shortDescription: string;
  /** Encoded admin.DescriptionEntity as it came. */
  readonly description: Uint8Array;
  readonly createdAt: string;
}

/** What a matchable resource is for; an empty part stands for all. */
export interface MatchableScope {
  readonly project: string;
  readonly domain: string;
  readonly workflow: string;
  readonly launchPlan: string;
}

/** Attributes that hold for all executions in a scope. */
export interface MatchableRow extends MatchableScope {
  /** Name of an admin.MatchableResource. */
  readonly resourceType: string;
  /** Encoded admin.MatchingAttributes as they came. */
  readonly attributes: Uint8Array;
}

export interface WatchRow {
  readonly sequence: number;
  /** Encoded flyte.watch.v1.WatchEvent without its sequence. */
  readonly event: Uint8Array;
}

export interface DatasetRow {
  readonly key: number;
  readonly id: EntityId;
  readonly uuid: string;
  /** Encoded datacatalog.Metadata. */
  readonly metadata: Uint8Array;
  readonly partitionKeys: readonly string[];
  readonly createdAt: string;
}

export interface ArtifactRow {
  readonly key: number;
  readonly datasetKey: number;
  readonly artifactId: string;
  /** Encoded datacatalog.Metadata. */
  readonly metadata: Uint8Array;
  /** Name of each datum and the URI of its encoded Literal, in order. */
  readonly data: readonly { readonly name: string; readonly uri: string }[];
  readonly partitions: Readonly<Record<string, string>>;
  readonly createdAt: string;
}

export interface ReservationRow {
  readonly datasetKey: number;
  readonly tag: string;
  readonly ownerId: string;
  readonly expiresAt: string;
}

/** A row to be inserted: the store gives the key. */
export type New<Row extends { readonly key: number }> = Omit<Row, "key">;

/** Reads. A list of an entity joined by filters on others (Flyte allows executions with their launch plan, workflow and task; launch plans with their workflow; node executions with their execution; task executions with their task, node and execution) gives each row once. */
export interface StateReader {
  readonly projects: {
    get(identifier: string): Promise<ProjectRow | undefined>;
    list(query: ListQuery): Promise<readonly ProjectRow[]>;
  };
  readonly tasks: VersionedReader<TaskRow>;
  readonly workflows: VersionedReader<WorkflowRow>;
  readonly launchPlans: VersionedReader<LaunchPlanRow> & { getActive(id: NamedEntityId): Promise<LaunchPlanRow | undefined> };
  readonly schedules: {
    /** All there are. */
    listActive(): Promise<readonly ScheduleRow[]>;
    /** Of the version of that launch plan that is active. */
    getActive(id: NamedEntityId): Promise<ScheduleRow | undefined>;
  };
  readonly namedEntities: {
    /** Names that have at least one version, with their metadata. */
    list(resourceType: number, query: ListQuery): Promise<readonly NamedEntityRow[]>;
    get(resourceType: number, id: NamedEntityId): Promise<NamedEntityRow | undefined>;
  };
  readonly descriptions: {
    get(resourceType: number, id: EntityId): Promise<DescriptionRow | undefined>;
    list(query: ListQuery): Promise<readonly DescriptionRow[]>;
  };
  readonly executions: {
    get(id: WorkflowExecutionId): Promise<ExecutionRow | undefined>;
    getByKey(key: number): Promise<ExecutionRow | undefined>;
    list(query: ListQuery): Promise<readonly ExecutionRow[]>;
    countByPhase(project: string, domain: string): Promise<Readonly<Record<string, number>>>;
  };
  readonly nodeExecutions: {
    get(id: NodeExecutionId): Promise<NodeExecutionRow | undefined>;
    getByKey(key: number): Promise<NodeExecutionRow | undefined>;
    /** `parent`: children of that node, or "top-level" for those without one, or "any". */
    list(query: ListQuery, parent: number | "top-level" | "any"): Promise<readonly NodeExecutionRow[]>;
  };
  readonly taskExecutions: {
    get(id: TaskExecutionId): Promise<TaskExecutionRow | undefined>;
    list(query: ListQuery): Promise<readonly TaskExecutionRow[]>;
  };
  readonly matchables: {
    /** Of exactly that scope. */
    get(resourceType: string, scope: MatchableScope): Promise<MatchableRow | undefined>;
    /** Those of all types that hold in the scope, the most specific first. */
    match(scope: MatchableScope): Promise<readonly MatchableRow[]>;
    /** All of a type, the most specific first. */
    list(resourceType: string): Promise<readonly MatchableRow[]>;
  };
  readonly signals: {
    get(execution: WorkflowExecutionId, signalId: string): Promise<SignalRow | undefined>;
    list(query: ListQuery): Promise<readonly SignalRow[]>;
  };
  readonly watch: {
    /** Events with a greater sequence, in order. */
    after(execution: WorkflowExecutionId, sequence: number, limit: number): Promise<readonly WatchRow[]>;
  };
  readonly catalog: {
    dataset(id: EntityId): Promise<DatasetRow | undefined>;
    datasetByKey(key: number): Promise<DatasetRow | undefined>;
    listDatasets(
      filter: Partial<EntityId>,
      page: { readonly descending: boolean; readonly limit: number; readonly offset: number },
    ): Promise<readonly DatasetRow[]>;
    artifact(datasetKey: number, artifactId: string): Promise<ArtifactRow | undefined>;
    artifactById(artifactId: string): Promise<ArtifactRow | undefined>;
    artifactByTag(datasetKey: number, tag: string): Promise<ArtifactRow | undefined>;
    /** Tag and every partition pair must match, where given. */
    listArtifacts(
      datasetKey: number,
      filter: { readonly tags: readonly string[]; readonly partitions: readonly (readonly [string, string])[] },
      page: { readonly descending: boolean; readonly limit: number; readonly offset: number },
    ): Promise<readonly ArtifactRow[]>;
    tags(artifactKey: number): Promise<readonly string[]>;
    reservation(datasetKey: number, tag: string): Promise<ReservationRow | undefined>;
  };
}

export type LockedExecution = Pick<ExecutionRow, "key" | "cluster" | "lastSequence">;

export interface VersionedReader<Row> {
  get(id: EntityId): Promise<Row | undefined>;
  getByKey(key: number): Promise<Row | undefined>;
  list(query: ListQuery): Promise<readonly Row[]>;
  /** Distinct names. */
  listNames(query: ListQuery): Promise<readonly NamedEntityId[]>;
}

/** Reads that see this transaction's writes, and writes. An `insert` of what is there throws StatusError ALREADY_EXISTS and leaves the transaction usable. */
export interface StateWriter extends StateReader {
  readonly projects: StateReader["projects"] & {
    insert(row: ProjectRow): Promise<void>;
    update(row: ProjectRow): Promise<boolean>;
  };
  readonly tasks: StateReader["tasks"] & { insert(row: New<TaskRow>): Promise<number> };
  readonly workflows: StateReader["workflows"] & { insert(row: New<WorkflowRow>): Promise<number> };
  readonly launchPlans: StateReader["launchPlans"] & {
    insert(row: New<LaunchPlanRow>): Promise<number>;
    setState(key: number, state: number, updatedAt: string): Promise<void>;
  };
  readonly schedules: StateReader["schedules"] & {
    /** From `at` on; one that is active already goes on as it is. Tells the other processes on this store. */
    activate(schedule: Omit<ScheduleRow, "activatedAt" | "lastTick">, at: string): Promise<void>;
    /** Tells the other processes on this store, too. Nothing happens to one that is not there. */
    deactivate(id: EntityId, at: string): Promise<void>;
    /** Never goes back. */
    setLastTick(id: EntityId, tick: string): Promise<void>;
  };
  readonly namedEntities: StateReader["namedEntities"] & { upsert(row: NamedEntityRow, now: string): Promise<void> };
  readonly descriptions: StateReader["descriptions"] & { insert(row: New<DescriptionRow>): Promise<number> };
  readonly executions: StateReader["executions"] & {
    insert(row: New<ExecutionRow>): Promise<number>;
    /** Locks the row until the end of the transaction and reads it. */
    lock(id: WorkflowExecutionId): Promise<ExecutionRow | undefined>;
    /** As lock, of what changes with every event. */
    lockSequence(id: WorkflowExecutionId): Promise<LockedExecution | undefined>;
    setSequence(key: number, lastSequence: number): Promise<void>;
    /** By key; what it is an execution of (id, launchPlanKey, workflowKey, taskKey) and createdAt never change. */
    update(row: ExecutionRow): Promise<void>;
    /** Tells the processes that run workflows on this store that a node's wait is over, as WorkflowStore.wake does in this one. */
    wake(node: NodeExecutionId): Promise<void>;
    insertTags(id: WorkflowExecutionId, tags: readonly ExecutionTag[]): Promise<void>;
    /** Of one without nodes, with its tags and watch events; nothing happens when there is none. */
    delete(id: WorkflowExecutionId): Promise<void>;
  };
  readonly nodeExecutions: StateReader["nodeExecutions"] & {
    insert(row: New<NodeExecutionRow>): Promise<number>;
    update(row: NodeExecutionRow): Promise<void>;
  };
  readonly taskExecutions: StateReader["taskExecutions"] & {
    insert(row: New<TaskExecutionRow>): Promise<number>;
    update(row: TaskExecutionRow): Promise<void>;
  };
  readonly matchables: StateReader["matchables"] & {
    /** `get` that keeps others from locking the same scope until the end of the transaction, also when nothing is there. */
    lock(resourceType: string, scope: MatchableScope): Promise<MatchableRow | undefined>;
    /** Inserts, or replaces what is at that scope. */
    put(row: MatchableRow): Promise<void>;
    delete(resourceType: string, scope: MatchableScope): Promise<void>;
  };
  readonly signals: StateReader["signals"] & {
    insert(row: New<SignalRow>): Promise<number>;
    /** Also tells the processes that run workflows on this store, as WorkflowStore.wake does in this one. */
    setValue(row: SignalRow, value: Uint8Array, updatedAt: string): Promise<void>;
  };
  readonly watch: StateReader["watch"] & { append(execution: WorkflowExecutionId, rows: readonly WatchRow[]): Promise<void> };
  readonly catalog: StateReader["catalog"] & {
    insertDataset(row: New<DatasetRow>): Promise<number>;
    insertArtifact(row: New<ArtifactRow>): Promise<number>;
    updateArtifact(row: ArtifactRow): Promise<void>;
    /** With its tags. */
    deleteArtifact(key: number): Promise<void>;
    insertTag(datasetKey: number, tag: string, artifactKey: number): Promise<void>;
    deleteTag(datasetKey: number, tag: string): Promise<boolean>;
    putReservation(row: ReservationRow): Promise<void>;
    deleteReservation(datasetKey: number, tag: string, ownerId: string): Promise<boolean>;
  };
}

/**
 * What a write does. `inserts`: it inserts, and decides nothing by rows that others may be writing; so it may run at the same
 * time as others of its kind, in their transaction, and again from its beginning.
 */
export type WriteKind = "inserts";

/** Admin's and the catalog's tables. */
export interface StateStore {
  /** Sees what is committed. */
  readonly read: StateReader;
  /**
   * All or nothing; resolves when durable. The work awaits nothing but the writer: no blob, no plugin, no timer. Several
   * callers' transactions may share one commit; a failing one does not undo the others.
   */
  write<T>(work: (writer: StateWriter) => Promise<T>, kind?: WriteKind): Promise<T>;
  /**
   * Called when another process on the same store has appended watch events of an execution and they can be read; with
   * undefined when some may have been missed, as after a lost connection. The returned function unsubscribes.
   */
  watchedElsewhere(listener: (execution: WorkflowExecutionId | undefined) => void): () => void;
  /** As watchedElsewhere, of schedules that another process has activated or deactivated, by the name of their launch plan. */
  rescheduledElsewhere(listener: (launchPlan: NamedEntityId | undefined) => void): () => void;
}
