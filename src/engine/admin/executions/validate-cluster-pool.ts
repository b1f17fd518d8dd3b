import type { WorkflowExecutionId } from "../../../idl/identifiers.ts";
import type { ExecutionSpec } from "../../../idl/types.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { scopeOf } from "../attributes/matchable-resource.ts";
import { clusterAssignmentOf } from "../attributes/matching-attributes.ts";
import { invalidArgument } from "../refusals.ts";

/** Refuses an execution that asks for another cluster pool than its project and domain are assigned to. */
export async function validateClusterPool(
  deps: Pick<AdminDeps, "state">,
  { project, domain }: WorkflowExecutionId,
  spec: ExecutionSpec,
): Promise<void> {
  const asked = spec.clusterAssignment?.clusterPoolName;
  if (!asked) return;
  const pool = clusterAssignmentOf(await deps.state.read.matchables.match(scopeOf(project, domain)))?.clusterPoolName;
  if (!pool || asked === pool) return;
  throw invalidArgument(
    `execution with project "${project}" and domain "${domain}" cannot run on cluster pool "${asked}", because its configured to run on pool "${pool}"`,
  );
}
