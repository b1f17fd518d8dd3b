import type { WorkflowExecutionId } from "../idl/identifiers.ts";
import type { Literal, LiteralType } from "../idl/types.ts";

/** What gate nodes wait for. Signals belong to an execution; all its nodes that name one wait for the same. */
export interface Signals {
  /** The value that was set, undefined before. The signal can be set from now on, to what fits the type that it was asked for first. */
  getOrCreate(execution: WorkflowExecutionId, signalId: string, type: LiteralType): Promise<Literal | undefined>;
}
