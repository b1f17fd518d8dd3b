import { flyteidl } from "../../../idl/flyteidl.ts";
import { hasStatus, statusText } from "../../../idl/status.ts";
import type { StatusError } from "../../../idl/status.ts";
import { toTimestamp } from "../../../idl/time.ts";
import type { ExecutionRow, New } from "../../../ports/state-store.ts";
import type { WorkflowSpec } from "../../../ports/workflow-store.ts";
import { recordEvents } from "../../events/record-events.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { workflowSpecOf } from "./workflow-spec.ts";

/**
 * Hands an execution to propeller; nothing happens when it has it already. When propeller's store will never take it, the
 * execution of a launch plan is recorded as failed, and that of a single task is taken back and the error thrown (Flyte:
 * flyteadmin's execution manager). Other failures, a full disk for one, are thrown, and reconcile tries again.
 */
export async function ensureWorkflow(deps: AdminDeps, row: New<ExecutionRow>, spec?: WorkflowSpec): Promise<void> {
  const workflow = spec ?? (await workflowSpecOf(deps, row));
  try {
    await deps.workflows.create(workflow);
  } catch (thrown) {
    if (!hasStatus(thrown, "INVALID_ARGUMENT", "FAILED_PRECONDITION")) throw thrown;
    if (row.launchEntity === "task") {
      await deps.state.write((writer) => writer.executions.delete(row.id));
      throw thrown;
    }
    await recordFailure(deps, row, thrown);
  }
}

async function recordFailure(deps: AdminDeps, row: New<ExecutionRow>, why: StatusError): Promise<void> {
  const { USER, SYSTEM } = flyteidl.core.ExecutionError.ErrorKind;
  const event: flyteidl.event.WorkflowExecutionEvent.$Properties = {
    executionId: { ...row.id },
    phase: flyteidl.core.WorkflowExecution.Phase.FAILED,
    occurredAt: toTimestamp(deps.clock.now()),
    error: { code: statusText(why.status), message: why.message, kind: why.status === "INVALID_ARGUMENT" ? USER : SYSTEM },
  };
  await recordEvents(deps, [{ level: "workflow", event }]);
}
