import type { ExecutionSpec } from "../../../idl/types.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import { executionIdOf, nodeExecutionIdOf } from "../../../idl/identifiers.ts";
import { executionText, missingEntity, nodeExecutionText } from "../../events/event-refusals.ts";
import type { Principal } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";

/** Columns that say where an execution comes from. */
export interface Origin {
  readonly parentNodeExecutionKey: number | null;
  readonly sourceExecutionKey: number | null;
  readonly cluster: string;
  readonly user: string;
}

/**
 * Fills in the spec's metadata: who launched it (clients send a placeholder), how deep it is nested, its mode. What a node
 * launched inherits the parent's principal, cluster and cluster label. NOT_FOUND for a parent or reference that is not there.
 */
export async function inheritMetadata(deps: AdminDeps, spec: ExecutionSpec, principal: Principal): Promise<Origin> {
  const { read } = deps.state;
  spec.metadata ??= {};
  const metadata = spec.metadata;
  metadata.principal = principal.anonymous ? "" : principal.subject;
  metadata.nesting = 0;
  metadata.systemMetadata = null;
  let origin: Origin = { parentNodeExecutionKey: null, sourceExecutionKey: null, cluster: "", user: metadata.principal };

  if (metadata.parentNodeExecution != null) {
    const nodeId = nodeExecutionIdOf(metadata.parentNodeExecution);
    const node = await read.nodeExecutions.get(nodeId);
    if (node === undefined) throw missingEntity("node execution", nodeExecutionText(nodeId));
    const parent = await read.executions.get(nodeId.execution);
    if (parent === undefined) throw missingEntity("execution", executionText(nodeId.execution));
    const parentSpec = flyteidl.admin.ExecutionSpec.decode(parent.spec);
    metadata.nesting = (parentSpec.metadata?.nesting ?? 0) + 1;
    if (parentSpec.executionClusterLabel != null) spec.executionClusterLabel = parentSpec.executionClusterLabel;
    metadata.principal = parent.user;
    origin = { parentNodeExecutionKey: node.key, sourceExecutionKey: parent.key, cluster: parent.cluster, user: parent.user };
    if (parent.cluster !== "") metadata.systemMetadata = { executionCluster: parent.cluster };
  }
  if (metadata.referenceExecution != null) {
    const id = executionIdOf(metadata.referenceExecution);
    const source = await read.executions.get(id);
    if (source === undefined) throw missingEntity("execution", executionText(id));
    origin = { ...origin, sourceExecutionKey: source.key };
  }
  return origin;
}
