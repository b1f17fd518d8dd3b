import type { WorkflowExecutionId } from "../idl/identifiers.ts";

/** Amounts as Kubernetes quantities; empty for none. */
export type ResourceAmounts = Readonly<Record<"cpu" | "memory" | "gpu" | "ephemeralStorage", string>>;

/** What a deployment gives tasks that ask for nothing, and what it gives at most. */
export interface PlatformResources {
  readonly defaults: ResourceAmounts;
  readonly limits: ResourceAmounts;
}

/** What takes the place of the plugin that a type of tasks has by default. */
export interface PluginOverride {
  readonly taskType: string;
  /** The first of them that is there and runs tasks of the type. */
  readonly pluginIds: readonly string[];
  /** Whether the default plugin runs them when none of those is there. */
  readonly mayFallBack: boolean;
}

/** What propeller is told of an execution beside its spec. */
export interface WorkflowConfig {
  /** One for each type of tasks. */
  readonly pluginOverrides: readonly PluginOverride[];
  /** What tasks get that ask for nothing, and at most; container tasks of the workflow itself have it filled in already. */
  readonly taskResources?: PlatformResources;
}

/** What admin hands over when an execution begins: fixed from then on. */
export interface WorkflowSpec {
  readonly id: WorkflowExecutionId;
  /** Encoded core.CompiledWorkflowClosure. */
  readonly closure: Uint8Array;
  /** Encoded admin.ExecutionSpec after all merging. */
  readonly executionSpec: Uint8Array;
  /** Absent from what an earlier version handed over. */
  readonly config?: WorkflowConfig;
  /** URI of the encoded LiteralMap. */
  readonly inputsUri: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** Propeller's state of one workflow or node: JSON, its own business. */
export type StateText = string;

export interface WorkflowSnapshot {
  readonly spec: WorkflowSpec;
  /** Rises with every save. */
  readonly version: number;
  /** Given at claim; a save under an older one fails. */
  readonly epoch: number;
  /** Undefined before the first save. */
  readonly state: StateText | undefined;
  readonly nodes: ReadonlyMap<string, StateText>;
  /** Why it is to be aborted, when it is. */
  readonly termination: string | undefined;
}

/** What changed in a round; nodes that are not named stay, those without a state are no longer kept. */
export interface WorkflowDelta {
  readonly state: StateText;
  readonly nodes: ReadonlyMap<string, StateText | undefined>;
  /** Propeller has no more to do with it: it leaves the set of active workflows. */
  readonly completed: boolean;
}

/** The arguments of WorkflowStore.save. */
export interface WorkflowSave {
  readonly id: WorkflowExecutionId;
  readonly expected: { readonly version: number; readonly epoch: number };
  readonly delta: WorkflowDelta;
}

/** What propeller owns. */
export interface WorkflowStore {
  /** False when a workflow of that id is there already (which is success). */
  create(spec: WorkflowSpec): Promise<boolean>;
  /** Ids of what is not completed. */
  listActive(): Promise<readonly WorkflowExecutionId[]>;
  /**
   * Takes a workflow for `owner` until `leaseUntil` (epoch milliseconds) and reads it whole; undefined when it is
   * unknown, completed, or leased by another owner whose lease lasts beyond `now`. A claim by a new owner raises the epoch.
   */
  claim(id: WorkflowExecutionId, owner: string, now: number, leaseUntil: number): Promise<WorkflowSnapshot | undefined>;
  /** Prolongs the leases that `owner` has at `now`; what it no longer has stays as it is. */
  extendLeases(owner: string, now: number, leaseUntil: number): Promise<void>;
  /** True and durable, or false when version or epoch have moved on: read again. */
  save(id: WorkflowExecutionId, expected: { readonly version: number; readonly epoch: number }, delta: WorkflowDelta): Promise<boolean>;
  /** Asks for an abort; the first reason stays. False when unknown or completed. */
  terminate(id: WorkflowExecutionId, reason: string): Promise<boolean>;
  /** Has this process's subscribers called: what an execution waits for, or one of its nodes (by its unique id), has happened, and is durable. */
  wake(id: WorkflowExecutionId, nodeId?: string): void;
  /**
   * Called after a create or terminate has become durable, or when somebody wakes an execution: this process's, and another's on the same store soon after. It
   * may be called without need, as after a lost connection. `nodeId`: only that node has something to look at. The returned function unsubscribes.
   */
  subscribe(listener: (id: WorkflowExecutionId, nodeId?: string) => void): () => void;
}
