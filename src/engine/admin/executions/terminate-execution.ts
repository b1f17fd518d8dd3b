import { flyteidl } from "../../../idl/flyteidl.ts";
import { isTerminalExecution } from "../../../idl/phases.ts";
import type { ExecutionPhase } from "../../../idl/phases.ts";
import { toTimestamp } from "../../../idl/time.ts";
import { bytesField } from "../../../idl/wire.ts";
import type { ExecutionRow } from "../../../ports/state-store.ts";
import { alreadyTerminal, executionText, missingEntity } from "../../events/event-refusals.ts";
import { executionMessage } from "../../events/execution-messages.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { emptyReply } from "../reply.ts";
import { validExecutionId } from "../validate-identifier.ts";
import { ensureWorkflow } from "./ensure-workflow.ts";

/**
 * TerminateExecution: ABORTING with who and why is stored first, then propeller is asked; it reports ABORTED. Asking again
 * while it is aborting keeps the first reason.
 */
export async function terminateExecution(
  deps: AdminDeps,
  request: flyteidl.admin.ExecutionTerminateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  const id = validExecutionId(request.id);
  const now = deps.clock.now();
  const principal = context.principal.anonymous ? "" : context.principal.subject;
  const row = await deps.state.write(async (writer) => {
    const found = await writer.executions.lock(id);
    if (found === undefined) throw missingEntity("execution", executionText(id));
    if (isTerminalExecution(found.phase as ExecutionPhase)) {
      throw alreadyTerminal("Cannot abort an already terminated workflow execution", found.phase);
    }
    if (found.phase === "ABORTING") return found;
    const after = aborting(found, request.cause ?? "", principal, now);
    await writer.executions.update(after);
    await writer.watch.append(id, [{ sequence: after.lastSequence, event: bytesField(2, executionMessage(after)) }]);
    return after;
  });
  deps.watchHub.publish(id);
  await sendTermination(deps, row);
  return emptyReply;
}

function aborting(row: ExecutionRow, cause: string, principal: string, now: number): ExecutionRow {
  const closure = flyteidl.admin.ExecutionClosure.decode(row.closure);
  closure.phase = flyteidl.core.WorkflowExecution.Phase.ABORTING;
  closure.updatedAt = toTimestamp(now);
  closure.outputs = null;
  closure.error = null;
  closure.outputData = null;
  closure.abortCause = null;
  closure.abortMetadata = { cause, principal };
  return {
    ...row,
    phase: "ABORTING",
    closure: flyteidl.admin.ExecutionClosure.encode(closure).finish(),
    updatedAt: rowTimeOf(now),
    abortCause: cause,
    lastSequence: row.lastSequence + 1,
  };
}

/** Asks propeller to abort an execution whose row says ABORTING; one that propeller was never given is given first, so that it ends by the same way. */
export async function sendTermination(deps: AdminDeps, row: ExecutionRow): Promise<void> {
  // Propeller takes an empty reason for none.
  const reason = row.abortCause || "aborted";
  if (await deps.workflows.terminate(row.id, reason)) return;
  await ensureWorkflow(deps, row);
  await deps.workflows.terminate(row.id, reason);
}
