import type { ExecutionError } from "../../src/idl/types.ts";
import type { Step } from "../support/scripted-plugin.ts";
import type { WorkflowOf } from "../integration/propeller/workflow-of.ts";

/** What becomes of a child execution after so many turns. */
export interface ChildPlan {
  readonly turns: number;
  readonly phase: "SUCCEEDED" | "FAILED" | "ABORTED";
  readonly error?: ExecutionError;
}

/** A workflow, and what the world does with it. */
export interface Plan {
  readonly workflow: WorkflowOf;
  readonly oneAtATime?: boolean;
  /** Tokens that attempts need, of one pool. */
  readonly quota?: number;
  /** By the unique id of a node, what each of its attempts does, and the last of them all further ones. */
  readonly steps: Record<string, readonly (readonly Step[])[]>;
  /** By name. Others go on for ever. */
  readonly children: Record<string, ChildPlan>;
  /** Booleans that somebody sets after two turns. */
  readonly signals: Record<string, boolean>;
}
