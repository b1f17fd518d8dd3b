import type { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { LiteralMap } from "../../../src/idl/types.ts";

export interface Failure {
  readonly code: string;
  /** Undefined: any. */
  readonly message: string | undefined;
  readonly kind: "USER" | "SYSTEM" | "UNKNOWN";
}

/** What one attempt of a task does in the end. */
export type Act =
  | { readonly does: "SUCCEED" }
  | { readonly does: "FAIL"; readonly retryable: boolean; readonly failure: Failure }
  /** It ends well, but where its outputs should be there is nothing. */
  | { readonly does: "LEAVE_NOTHING" }
  | { readonly does: "HANG" };

export type ChildEnd = { readonly end: "SUCCEEDED" | "ABORTED" | "HANGS" } | { readonly end: "FAILED"; readonly failure: Failure };

/** The world around a workflow. */
export interface Script {
  /** `nodeId`: unique within the execution. */
  act(nodeId: string, attempt: number): Act;
  /** What a task, or a child execution, makes of its inputs. */
  outputs(inputs: LiteralMap): LiteralMap;
  /** What a task leaves in `futures.pb`, if it makes a workflow. */
  futures(taskName: string): Uint8Array | undefined;
  child(name: string): ChildEnd;
  /** Names of what executions of a launch plan give. */
  outputsOfLaunchPlan(name: string): readonly string[];
  signal(id: string): flyteidl.core.Literal.$Properties | undefined;
}

/** What admin was told of the execution that is recovered. */
export interface Past {
  /** Of a node that has succeeded, with what it gave. */
  node(id: string): { readonly outputs: LiteralMap | undefined } | undefined;
  /** Of an element of an array, as in stories, that has succeeded: what is told of its attempts once it is taken over. */
  element(id: string): readonly string[] | undefined;
  /** Whether the task of a node has made a workflow. */
  hasMade(id: string): boolean;
}

export type End = "SUCCEEDED" | "RECOVERED" | "FAILED" | "TIMED_OUT" | "SKIPPED" | "ABORTED" | "HANGS" | "NEVER";

/** What becomes of a node when nobody stops it. */
export interface Story {
  /** Unique within the execution; of an element `<array>[<index>]`, of a child execution `child <name>`. */
  readonly id: string;
  readonly end: End;
  /** How each attempt of its task ends. */
  readonly attempts: readonly string[];
  /** Something else fails: it may have been stopped before. */
  readonly isCut: boolean;
  /** Others make the same outputs at the same time: it may have been given theirs. */
  readonly mayHit: boolean;
}

export interface Verdict {
  readonly phase: "SUCCEEDED" | "FAILED" | "HANGS";
  /** Of a workflow that succeeds; undefined when none are left. */
  readonly outputs: LiteralMap | undefined;
  /** One of these. */
  readonly failures: readonly Failure[];
  /** One of these nodes has ended with it; empty when nothing is to be said of it. */
  readonly failing: readonly string[];
  readonly stories: ReadonlyMap<string, Story>;
}
