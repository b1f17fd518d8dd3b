import { flyteidl } from "../../../idl/flyteidl.ts";
import type { NodeExecutionId, WorkflowExecutionId } from "../../../idl/identifiers.ts";
import type { CompiledWorkflowClosure, ProtoTimestamp } from "../../../idl/types.ts";
import type { StateReader } from "../../../ports/state-store.ts";
import { equals } from "../page.ts";
import { isBefore } from "./spans.ts";

const pageSize = 500;

/** A node of an execution, as its events left it. */
export interface NodeRun {
  readonly id: NodeExecutionId;
  readonly key: number;
  readonly closure: flyteidl.admin.NodeExecutionClosure.$Properties;
  readonly isParent: boolean;
  readonly dynamicWorkflowUri: string;
}

/** The nodes of one graph by the ids that they have in it: the topmost one's, or that within `parent`. */
export async function nodeRunsOf(
  read: StateReader,
  execution: WorkflowExecutionId,
  parent: number | "top-level",
): Promise<ReadonlyMap<string, NodeRun>> {
  const filters = [
    equals("node_execution", "execution_project", execution.project),
    equals("node_execution", "execution_domain", execution.domain),
    equals("node_execution", "execution_name", execution.name),
  ];
  const found = new Map<string, NodeRun>();
  for (let offset = 0; ; offset += pageSize) {
    const rows = await read.nodeExecutions.list({ filters, limit: pageSize, offset }, parent);
    for (const { id, key, closure, metadata, dynamicWorkflowClosureUri } of rows) {
      const { specNodeId, isParentNode } = flyteidl.admin.NodeExecutionMetaData.decode(metadata);
      found.set(specNodeId || id.nodeId, {
        id,
        key,
        closure: flyteidl.admin.NodeExecutionClosure.decode(closure),
        isParent: isParentNode ?? false,
        dynamicWorkflowUri: dynamicWorkflowClosureUri,
      });
    }
    if (rows.length < pageSize) return found;
  }
}

/** When the last of the nodes that come before one was done; undefined when it waits for none. */
export function upstreamEnd(
  nodeId: string,
  { primary }: CompiledWorkflowClosure,
  runs: ReadonlyMap<string, NodeRun>,
): ProtoTimestamp | undefined {
  const upstream = new Map(Object.entries(primary?.connections?.upstream ?? {}));
  let latest: ProtoTimestamp | undefined;
  for (const id of upstream.get(nodeId)?.ids ?? []) {
    const updatedAt = runs.get(id)?.closure.updatedAt;
    if (updatedAt != null && isBefore(latest, updatedAt)) latest = updatedAt;
  }
  return latest;
}
