import type { flyteidl } from "../../../idl/flyteidl.ts";
import { identifierOf } from "../../../idl/identifiers.ts";
import type { EntityId, ResourceTypeName } from "../../../idl/identifiers.ts";
import { StatusError } from "../../../idl/status.ts";
import { identifierText } from "../../../idl/type-text.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { missingEntity } from "../../events/event-refusals.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { validIdentifier, validNamedEntityId } from "../validate-identifier.ts";
import { launchPlanMessage, taskMessage, workflowMessage } from "./entity-messages.ts";

type Request = flyteidl.admin.ObjectGetRequest.$Properties;

/** A compiled closure beyond this is not one of ours. */
export const largestClosure = 512 << 20;

export const entityMissing = (type: ResourceTypeName, id: EntityId): StatusError =>
  missingEntity(type, identifierText(identifierOf(type, id)));

/** GetTask. */
export async function getTask(deps: AdminDeps, request: Request): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "TASK", { typeMayBeAbsent: true });
  const row = await deps.state.read.tasks.get(id);
  if (row === undefined) throw entityMissing("TASK", id);
  return taskMessage(row);
}

/** GetWorkflow, with its compiled closure. */
export async function getWorkflow(deps: AdminDeps, request: Request): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "WORKFLOW", { typeMayBeAbsent: true });
  const row = await deps.state.read.workflows.get(id);
  if (row === undefined) throw entityMissing("WORKFLOW", id);
  return workflowMessage(row, await readBlob(deps.blobs, row.remoteClosureIdentifier, largestClosure));
}

/** GetLaunchPlan. */
export async function getLaunchPlan(deps: AdminDeps, request: Request): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "LAUNCH_PLAN", { typeMayBeAbsent: true });
  const row = await deps.state.read.launchPlans.get(id);
  if (row === undefined) throw entityMissing("LAUNCH_PLAN", id);
  return launchPlanMessage(row);
}

/** GetActiveLaunchPlan. */
export async function getActiveLaunchPlan(
  deps: AdminDeps,
  request: flyteidl.admin.ActiveLaunchPlanRequest.$Properties,
): Promise<Uint8Array> {
  const id = validNamedEntityId(request.id, true);
  const row = await deps.state.read.launchPlans.getActive(id);
  if (row === undefined) throw new StatusError("NOT_FOUND", `No active launch plan could be found: ${id.project}:${id.domain}:${id.name}`);
  return launchPlanMessage(row);
}
