import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { equals, nextToken, pageQuery } from "../page.ts";
import { listReply } from "../reply.ts";
import { validExecutionId } from "../validate-identifier.ts";
import { signalMessage } from "./signal-message.ts";

/** ListSignals: those that an execution waits for, or has waited for. */
export async function listSignals(deps: AdminDeps, request: flyteidl.admin.SignalListRequest.$Properties): Promise<Uint8Array> {
  const execution = validExecutionId(request.workflowExecutionId);
  const query = pageQuery("signal", request, [
    equals("signal", "execution_project", execution.project),
    equals("signal", "execution_domain", execution.domain),
    equals("signal", "execution_name", execution.name),
  ]);
  const rows = await deps.state.read.signals.list(query);
  return listReply(rows.map(signalMessage), nextToken(query, rows.length));
}
