import { flyteidl } from "../../../idl/flyteidl.ts";
import { toTimestamp } from "../../../idl/time.ts";
import { executionText, missingEntity } from "../../events/event-refusals.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { invalidField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validExecutionId } from "../validate-identifier.ts";

/** UpdateExecution: archives an execution, or shows it again. */
export async function updateExecution(
  deps: AdminDeps,
  request: flyteidl.admin.ExecutionUpdateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  const id = validExecutionId(request.id);
  const state = request.state ?? 0;
  if (flyteidl.admin.ExecutionState[state] === undefined) throw invalidField("state");
  const now = deps.clock.now();
  const principal = context.principal.anonymous ? "" : context.principal.subject;
  await deps.state.write(async (writer) => {
    const row = await writer.executions.lock(id);
    if (row === undefined) throw missingEntity("execution", executionText(id));
    const closure = flyteidl.admin.ExecutionClosure.decode(row.closure);
    closure.stateChangeDetails = { state, occurredAt: toTimestamp(now), principal };
    const bytes = flyteidl.admin.ExecutionClosure.encode(closure).finish();
    await writer.executions.update({ ...row, closure: bytes, state, updatedAt: rowTimeOf(now) });
  });
  return emptyReply;
}
