import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { ExecutionEvent } from "../../../ports/event-sink.ts";
import { recordEvents } from "../../events/record-events.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { missingField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";

async function recordOne(deps: AdminDeps, event: ExecutionEvent): Promise<Uint8Array> {
  const [refusal] = await recordEvents(deps, [event]);
  if (refusal) throw refusal;
  return emptyReply;
}

/** CreateWorkflowEvent. */
export async function createWorkflowEvent(
  deps: AdminDeps,
  request: flyteidl.admin.WorkflowExecutionEventRequest.$Properties,
): Promise<Uint8Array> {
  if (request.event == null) throw missingField("event");
  return await recordOne(deps, { level: "workflow", event: request.event });
}

/** CreateNodeEvent. */
export async function createNodeEvent(deps: AdminDeps, request: flyteidl.admin.NodeExecutionEventRequest.$Properties): Promise<Uint8Array> {
  if (request.event == null) throw missingField("event");
  return await recordOne(deps, { level: "node", event: request.event });
}

/** CreateTaskEvent. */
export async function createTaskEvent(deps: AdminDeps, request: flyteidl.admin.TaskExecutionEventRequest.$Properties): Promise<Uint8Array> {
  if (request.event == null) throw missingField("event");
  return await recordOne(deps, { level: "task", event: request.event });
}
