import type { flyteidl } from "../idl/flyteidl.ts";
import type { WorkflowExecutionId } from "../idl/identifiers.ts";
import type { ExecutionLauncher } from "./execution-launcher.ts";

/**
 * The executions that launch plan nodes start, through admin's API: admin may be another's. Rejects with admin's StatusErrors,
 * UNAVAILABLE when it cannot be reached. That a child has ended wakes its parent (WorkflowStore.subscribe) where admin hands
 * its workflows to the same store.
 */
export interface ChildExecutions extends ExecutionLauncher {
  /** RecoverExecution of an encoded admin.ExecutionRecoverRequest. NOT_FOUND; ALREADY_EXISTS when there is one of the new name. */
  recover(request: Uint8Array): Promise<void>;
  /** GetExecution: how it is. NOT_FOUND. */
  get(id: WorkflowExecutionId): Promise<flyteidl.admin.ExecutionClosure.$Properties>;
  /** GetExecutionData: the encoded LiteralMap of its outputs; empty when it has none, or admin does not hand out that many bytes. */
  outputs(id: WorkflowExecutionId): Promise<Uint8Array>;
  /** TerminateExecution. FAILED_PRECONDITION when it is over, NOT_FOUND. */
  terminate(id: WorkflowExecutionId, cause: string): Promise<void>;
}
