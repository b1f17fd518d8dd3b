import type { AdminClient } from "../../client/admin-client.ts";
import type { CompiledWorkflow, CompiledWorkflowClosure, Identifier, WorkflowNode } from "../../idl/types.ts";
import { hasStatus } from "../../idl/status.ts";

/** What a node execution is of, as its id and its id in the compiled workflow tell. */
export interface NodeOfExecution {
  readonly nodeId: string;
  readonly specNodeId: string | null;
}

/** The compiled workflow of an execution; undefined before it is known, or where it cannot be had. */
export async function fetchClosure(
  admin: AdminClient,
  workflowId: Identifier | null | undefined,
): Promise<CompiledWorkflowClosure | undefined> {
  if (workflowId == null || !workflowId.name) return undefined;
  try {
    return (await admin.getWorkflow({ id: workflowId })).closure?.compiledWorkflow ?? undefined;
  } catch (error) {
    if (!hasStatus(error, "NOT_FOUND", "UNIMPLEMENTED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED")) throw error;
    return undefined;
  }
}

/** What an array launches for its elements, which are nodes `n0`, `n1` and so on below it. */
const launchedBy = ({ arrayNode }: WorkflowNode): readonly WorkflowNode[] =>
  arrayNode?.node?.workflowNode == null ? [] : [arrayNode.node];

/**
 * The nodes that `node` may be of: one of the workflow itself when it is a top-level one, or below one of its arrays; else
 * every node of that id in the workflow and its subworkflows, for the id of an execution's node does not tell which
 * subworkflow it is in.
 */
export function nodeDefinitions(closure: CompiledWorkflowClosure | undefined, { nodeId, specNodeId }: NodeOfExecution): WorkflowNode[] {
  const nodesOf = (workflow: CompiledWorkflow | null | undefined): readonly WorkflowNode[] => workflow?.template?.nodes ?? [];
  const id = specNodeId ?? nodeId;
  const own = nodesOf(closure?.primary).filter((node) => node.id === id);
  if (id === nodeId && own.length > 0) return own;
  const [, arrayId] = /^(.+)-\d+-n\d+$/.exec(nodeId) ?? [];
  const launched = nodesOf(closure?.primary)
    .filter((node) => node.id === arrayId)
    .flatMap(launchedBy);
  if (launched.length > 0) return launched;
  const within = (closure?.subWorkflows ?? []).flatMap(nodesOf);
  return [...own, ...within.filter((node) => node.id === id), ...(id !== nodeId && /^n\d+$/.test(id) ? within.flatMap(launchedBy) : [])];
}

/** The name a node was given where the workflow was written (flytekit: the task's function); undefined when it has none or may have two. */
export function nodeName(closure: CompiledWorkflowClosure | undefined, node: NodeOfExecution): string | undefined {
  const names = new Set(nodeDefinitions(closure, node).map((definition) => definition.metadata?.name ?? ""));
  const [name] = names;
  return names.size === 1 && name !== node.nodeId ? name || undefined : undefined;
}
