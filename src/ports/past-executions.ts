import type { flyteidl } from "../idl/flyteidl.ts";
import type { NodeExecutionId } from "../idl/identifiers.ts";

/** What admin knows of the execution that another one recovers. Rejects with admin's StatusErrors, UNAVAILABLE when it cannot be reached. */
export interface PastExecutions {
  /** GetNodeExecution; undefined for a node that never began. */
  node(id: NodeExecutionId): Promise<flyteidl.admin.NodeExecution.$Properties | undefined>;
  /** GetDynamicNodeWorkflow: the encoded core.CompiledWorkflowClosure that a task made; undefined when it made none. */
  dynamicWorkflow(id: NodeExecutionId): Promise<Uint8Array | undefined>;
  /** Of the task executions of a node, what they say of their parts: an array of its elements. */
  externalResources(id: NodeExecutionId): Promise<readonly flyteidl.event.ExternalResourceInfo.$Properties[]>;
}
