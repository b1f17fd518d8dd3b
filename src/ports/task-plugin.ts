import type { BlobStore } from "./blob-store.ts";
import type { ResourcePool } from "./resource-manager.ts";
import type { ResourceUse } from "./compute-backend.ts";
import type { PlatformResources } from "./workflow-store.ts";
import type { EntityId, TaskExecutionId, WorkflowExecutionId } from "../idl/identifiers.ts";
import type { Identity, LiteralMap, Struct, TaskLog, TaskTemplate } from "../idl/types.ts";

/** Flyte's plugin phases; SUCCESS, RETRYABLE_FAILURE, PERMANENT_FAILURE and ABORTED are final. */
export type PluginPhase =
  | "NOT_READY"
  | "WAITING_FOR_RESOURCES"
  | "QUEUED"
  | "INITIALIZING"
  | "RUNNING"
  | "SUCCESS"
  | "RETRYABLE_FAILURE"
  | "PERMANENT_FAILURE"
  | "ABORTED";

export type ErrorKind = "USER" | "SYSTEM";

export interface PluginError {
  readonly code: string;
  readonly message: string;
  /** Decides the retry budget. */
  readonly kind: ErrorKind;
}

/** What a round of a plugin found. A task event is sent only when phase or phaseVersion changed. */
export interface PluginTransition {
  readonly phase: PluginPhase;
  /** Raise it to publish something new within a phase. */
  readonly phaseVersion: number;
  readonly reason?: string;
  /** For the two failures. */
  readonly error?: PluginError;
  readonly logs?: readonly TaskLog[];
  readonly use?: ResourceUse;
  /** Of the plugin's own, for people. */
  readonly customInfo?: Struct;
  /** When it happened, epoch milliseconds; now when absent. */
  readonly occurredAt?: number;
  /** When the attempt's work began to run, once that is known, epoch milliseconds: its RUNNING is reported even when it ended between two rounds. */
  readonly startedAt?: number;
  /** Kept until the next round; JSON. */
  readonly state?: PluginState;
}

export type PluginState = { readonly [key: string]: string | number | boolean | null };

/** One attempt as its plugin sees it. */
export interface TaskContext {
  readonly id: TaskExecutionId;
  /** Unique within all executions; DNS-1123, at most 50 characters. */
  readonly generatedName: string;
  readonly template: TaskTemplate;
  /** What the node overrides. */
  readonly overrides: {
    readonly resources?: NonNullable<TaskTemplate["container"]>["resources"];
    readonly image?: string;
    readonly extendedResources?: NonNullable<TaskTemplate["extendedResources"]>;
    /** Replaces the pod that the task asks for. */
    readonly podTemplate?: NonNullable<TaskTemplate["k8sPod"]>;
  };
  /** `project:domain:name` of the workflow and launch plan that run. */
  readonly workflow: EntityId;
  readonly launchPlan: EntityId | undefined;
  /** URI of inputs.pb. */
  readonly inputUri: string;
  /** URIs without a trailing slash. */
  readonly outputPrefix: string;
  readonly rawOutputPrefix: string;
  readonly checkpointPrefix: string;
  /** Of the attempt before; empty for none. */
  readonly previousCheckpointPrefix: string;
  /** Execution-level variables; they win over the task's own. */
  readonly env: Readonly<Record<string, string>>;
  /** The execution's, for what is made for it in a cluster. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What the deployment gives tasks of the execution that ask for nothing, and at most. */
  readonly platformResources?: PlatformResources;
  /** Who the execution runs as in a cluster; the cluster's default when absent. */
  readonly serviceAccount?: string;
  /** Who the execution runs as, whole. */
  readonly identity?: Identity;
  readonly interruptible: boolean;
  readonly deadlineSeconds?: number;
  /** What this plugin returned last; undefined in the first round. */
  readonly state: PluginState | undefined;
  /** Phase version of the last transition. */
  readonly phaseVersion: number;
  inputs(): Promise<LiteralMap>;
}

/** A kind of task. Every call is idempotent and does not block; `handle` is repeated until a final phase. */
export interface TaskPlugin {
  readonly id: string;
  readonly taskTypes: readonly string[];
  /** Takes task types nobody else claims. */
  readonly isDefault?: boolean;
  /** Whether it runs tasks of a type that nobody has in `taskTypes`, as it has found out by now; and those it has begun (`state` is its own) in any case. */
  runs?(taskType: string, state: PluginState | undefined): boolean;
  /** What an attempt needs before `handle` is called for the first time; given back after `finalize`. */
  requires?(context: TaskContext): ResourcePool | undefined;
  handle(context: TaskContext): Promise<PluginTransition>;
  /** Ends what runs; only when the attempt has not succeeded. */
  abort(context: TaskContext, reason: string): Promise<void>;
  /** Always, once, after the end; also after a crash before it, so possibly again. */
  finalize(context: TaskContext): Promise<void>;
}

/** What a plugin is given when it is made. */
export interface PluginHost {
  readonly blobs: BlobStore;
  /** Has the execution looked at again, soon; with the node id of an attempt's id (TaskContext), only what waits for that node. */
  wake(execution: WorkflowExecutionId, nodeId?: string): void;
}
