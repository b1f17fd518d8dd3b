import { flyteidl } from "../../../idl/flyteidl.ts";
import type { NamedEntityId } from "../../../idl/identifiers.ts";
import type { NamedEntityRow } from "../../../ports/state-store.ts";
import { missingEntity } from "../../events/event-refusals.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { equals, nextToken, pageQuery } from "../page.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { emptyReply, listReply } from "../reply.ts";
import { validNamedEntityId } from "../validate-identifier.ts";

const { ResourceType } = flyteidl.core;
const { NamedEntityState } = flyteidl.admin;

function message(row: NamedEntityRow): Uint8Array {
  return flyteidl.admin.NamedEntity.encode({
    resourceType: row.resourceType,
    id: { project: row.project, domain: row.domain, name: row.name },
    metadata: { description: row.description, state: row.state },
  }).finish();
}

function validType(type: number | null | undefined): number {
  if (!type) throw missingField("resource_type");
  return type;
}

const missing = (type: number, id: NamedEntityId): Error =>
  missingEntity(
    "NAMED_ENTITY",
    `resource_type:${ResourceType[type] ?? type} project:"${id.project}" domain:"${id.domain}" name:"${id.name}"`,
  );

/** GetNamedEntity: it exists as soon as any version does. */
export async function getNamedEntity(deps: AdminDeps, request: flyteidl.admin.NamedEntityGetRequest.$Properties): Promise<Uint8Array> {
  const type = validType(request.resourceType);
  const id = validNamedEntityId(request.id, true);
  const row = await deps.state.read.namedEntities.get(type, id);
  if (row === undefined) throw missing(type, id);
  return message(row);
}

/** UpdateNamedEntity: description and state. Only tasks, workflows and launch plans can leave ACTIVE. */
export async function updateNamedEntity(
  deps: AdminDeps,
  request: flyteidl.admin.NamedEntityUpdateRequest.$Properties,
): Promise<Uint8Array> {
  const type = validType(request.resourceType);
  const id = validNamedEntityId(request.id, true);
  if (request.metadata == null) throw missingField("metadata");
  const state = request.metadata.state ?? NamedEntityState.NAMED_ENTITY_ACTIVE;
  const mayLeave = type === ResourceType.TASK || type === ResourceType.WORKFLOW || type === ResourceType.LAUNCH_PLAN;
  if (state !== NamedEntityState.NAMED_ENTITY_ACTIVE && !mayLeave) {
    throw invalidArgument(`entities of type ${ResourceType[type] ?? type} cannot be in state ${NamedEntityState[state] ?? state}`);
  }
  const description = request.metadata.description ?? "";
  await deps.state.write(async (writer) => {
    const row = await writer.namedEntities.get(type, id);
    if (row === undefined) throw missing(type, id);
    await writer.namedEntities.upsert({ resourceType: type, ...id, description, state }, rowTimeOf(deps.clock.now()));
  });
  return emptyReply;
}

/** ListNamedEntities. */
export async function listNamedEntities(deps: AdminDeps, request: flyteidl.admin.NamedEntityListRequest.$Properties): Promise<Uint8Array> {
  const type = validType(request.resourceType);
  const id = validNamedEntityId({ project: request.project, domain: request.domain }, false);
  const scope = [equals("named_entity", "project", id.project), equals("named_entity", "domain", id.domain)];
  const query = pageQuery("named_entity", request, scope);
  const rows = await deps.state.read.namedEntities.list(type, query);
  return listReply(rows.map(message), nextToken(query, rows.length));
}
