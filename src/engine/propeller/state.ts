import type { flyteidl } from "../../idl/flyteidl.ts";
import type { NodePhase, ExecutionPhase, TaskPhase } from "../../idl/phases.ts";
import type { EntityId, TaskExecutionId } from "../../idl/identifiers.ts";
import type { ErrorKind, PluginPhase, PluginState } from "../../ports/task-plugin.ts";
import type { NodeStatePhase } from "./node-transition.ts";
import type { WorkflowPhase } from "./workflow-transition.ts";

// What propeller keeps of a workflow and of each node that was begun: JSON in the workflow store, read by this room only.
// Times are epoch milliseconds. `reported` says which events admin has for certain: what lies between it and `phase` is
// sent again after a crash.

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** UNKNOWN is what Flyte says of aborts. */
  readonly kind: ErrorKind | "UNKNOWN";
}

export interface WorkflowState {
  readonly phase: WorkflowPhase;
  readonly reported: ExecutionPhase;
  readonly startedAt?: number;
  /** When `phase` was entered. */
  readonly since: number;
  /** When the workflow began to fail. */
  readonly failingAt?: number;
  readonly failure?: Failure;
  /** Why running nodes are aborted, once they are. */
  readonly abortReason?: string;
  /** The end node wrote the workflow's outputs. */
  readonly hasOutputs?: boolean;
  /** Admin is past us or does not know the execution: it is told nothing more. */
  readonly silent?: boolean;
  /** Rounds that failed, since the last that did not. */
  readonly failedRounds: number;
  readonly failedRoundsAtAbort?: number;
  readonly lastRoundError?: string;
}

export type CacheStatus = keyof typeof flyteidl.core.CatalogCacheStatus;

export interface CacheState {
  readonly status: CacheStatus;
  readonly datasetId?: EntityId;
  readonly artifactId?: string;
  readonly tag?: string;
  readonly source?: TaskExecutionId;
}

export type ReservationStatus =
  | "RESERVATION_DISABLED"
  | "RESERVATION_ACQUIRED"
  | "RESERVATION_EXISTS"
  | "RESERVATION_RELEASED"
  | "RESERVATION_FAILURE";

/** Of an attempt whose task is cached by one execution at a time. */
export interface ReservationState {
  /** RESERVATION_DISABLED: not asked for yet. */
  readonly status: ReservationStatus;
  /** It has been held, so that the attempt may have begun: it goes on whoever holds it now. */
  readonly admitted: boolean;
  /** When it is to be asked for again, or extended. */
  readonly lookAt: number;
}

export interface AttemptState {
  readonly interruptible: boolean;
  /** Where the recovered execution's last attempt has left its checkpoint; of the first attempt. */
  readonly previousCheckpoint?: string;
  /** When the attempt was begun. */
  readonly begunAt: number;
  /** When its work began to run; the execution deadline counts from here. */
  readonly runningAt?: number;
  /** What the plugin said last; absent before the first time. */
  readonly phase?: PluginPhase;
  readonly phaseVersion: number;
  readonly pluginState?: PluginState;
  /** Admin has a task execution of this attempt. */
  readonly reported: boolean;
  /** Admin has its end. */
  readonly reportedEnd: boolean;
  /** How propeller ended it itself. */
  readonly end?: { readonly phase: "FAILED" | "ABORTED"; readonly failure: Failure; readonly at: number };
  readonly cleaned?: boolean;
  readonly reservation?: ReservationState;
  /** It has the token that its plugin requires. */
  readonly allocated?: boolean;
}

/** The execution that an attempt of a launch plan node has launched. TERMINATED: before the node's next attempt. */
export interface ChildState {
  /** In the project and domain of its parent. */
  readonly name: string;
  readonly phase: "LAUNCHED" | "ENDED" | "TERMINATED";
}

/** What admin is still to be told of an attempt of an array's element. */
export interface UntoldAttempt {
  readonly attempt: number;
  /** Encoded event.ExternalResourceInfo, base64. */
  readonly resource: string;
}

/** What is kept of an array besides its elements. */
export interface ArrayState {
  readonly size: number;
  /** The phase of its task execution that admin has. */
  readonly told: TaskPhase;
  /** Of the next event that tells of its elements. */
  readonly version: number;
  /** When such an event was recorded last, and how many elements were where (JSON). */
  readonly toldAt?: number;
  readonly counts?: string;
  /** Where the array of the recovered execution keeps its data, whose inputs are the same. Without a trailing slash. */
  readonly past?: string;
  /** What the elements failed with that failed first. */
  readonly failure?: string | undefined;
}

/** Of a task's attempt that has made a workflow. */
export interface DynamicState {
  /** Nothing of the task itself is left to be cleaned up. */
  readonly isFinalized: boolean;
  /** When the workflow was compiled: its nodes run from then on. */
  readonly startedAt?: number;
  /** It has failed in a way that another attempt may mend. */
  readonly isRetryable?: boolean;
}

export interface NodeState {
  readonly phase: NodeStatePhase;
  readonly reported: NodePhase;
  /** When `phase` was entered. */
  readonly since: number;
  readonly queuedAt?: number;
  readonly runningAt?: number;
  readonly attempt: number;
  readonly systemFailures: number;
  readonly failure?: Failure;
  readonly cache?: CacheState;
  readonly hasOutputs?: boolean;
  readonly hasDeck?: boolean;
  /** Of a node that was taken over: its deck stays where it is. */
  readonly deckUri?: string;
  readonly task?: AttemptState;
  readonly child?: ChildState;
  readonly dynamic?: DynamicState;
  /** The arm that a branch has taken. */
  readonly arm?: string;
  /** Why what is within has failed: what runs there is aborted, then the failure node of a workflow runs. */
  readonly failureWithin?: Failure;
  readonly array?: ArrayState;
  /** Of an element of an array. */
  readonly untold?: readonly UntoldAttempt[] | undefined;
}

export function newWorkflowState(createdAt: number): WorkflowState {
  return { phase: "READY", reported: "UNDEFINED", since: createdAt, failedRounds: 0 };
}

export const notYetStarted: NodeState = { phase: "NOT_YET_STARTED", reported: "UNDEFINED", since: 0, attempt: 0, systemFailures: 0 };
