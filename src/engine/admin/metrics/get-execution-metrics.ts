import { flyteidl } from "../../../idl/flyteidl.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { existingExecution } from "../executions/get-executions.ts";
import { validExecutionId } from "../validate-identifier.ts";
import { executionSpan } from "./execution-spans.ts";

/** GetExecutionMetrics: a tree of spans. */
export async function getExecutionMetrics(
  deps: AdminDeps,
  request: flyteidl.admin.WorkflowExecutionGetMetricsRequest.$Properties,
): Promise<Uint8Array> {
  const row = await existingExecution(deps, validExecutionId(request.id));
  const span = await executionSpan(deps, row, request.depth ?? 0);
  return flyteidl.admin.WorkflowExecutionGetMetricsResponse.encode({ span }).finish();
}
