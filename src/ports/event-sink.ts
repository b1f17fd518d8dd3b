import type { NodeExecutionEvent, TaskExecutionEvent, WorkflowExecutionEvent } from "../idl/types.ts";
import type { StatusError } from "../idl/status.ts";
import type { WorkflowSave } from "./workflow-store.ts";

export type ExecutionEvent =
  | { readonly level: "workflow"; readonly event: WorkflowExecutionEvent }
  | { readonly level: "node"; readonly event: NodeExecutionEvent }
  | { readonly level: "task"; readonly event: TaskExecutionEvent };

/**
 * Propeller's voice to admin. Events of one execution, in order. Resolves when all are durable, with one outcome an
 * event: undefined when recorded, else how admin refused it (ALREADY_EXISTS for a repeat, FAILED_PRECONDITION after a
 * terminal phase, NOT_FOUND, INVALID_ARGUMENT, RESOURCE_EXHAUSTED). Rejects when admin cannot be reached: try the round again.
 */
export interface EventSink {
  record(events: readonly ExecutionEvent[]): Promise<readonly (StatusError | undefined)[]>;
  /**
   * Where admin's tables and propeller's are in one database: `record`, and the save that `follow` makes of the outcomes, both or
   * neither. False when version or epoch have moved on. Only a shorter way: nothing may rely on the two being one.
   */
  recordAndSave?(
    events: readonly ExecutionEvent[],
    follow: (outcomes: readonly (StatusError | undefined)[]) => WorkflowSave,
  ): Promise<boolean>;
}
