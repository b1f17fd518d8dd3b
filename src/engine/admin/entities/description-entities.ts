import { flyteidl } from "../../../idl/flyteidl.ts";
import { entityIdOf } from "../../../idl/identifiers.ts";
import { identifierText } from "../../../idl/type-text.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";
import type { DescriptionRow } from "../../../ports/state-store.ts";
import { missingEntity } from "../../events/event-refusals.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { equals, nextToken, pageQuery } from "../page.ts";
import { missingField } from "../refusals.ts";
import { listReply } from "../reply.ts";
import { completeIdentifier, validNamedEntityId } from "../validate-identifier.ts";

const identifierOfRow = (row: DescriptionRow): flyteidl.core.Identifier.$Properties => ({
  resourceType: row.resourceType,
  ...entityIdOf(row),
});

/** What came with the registration, under the id that it was registered by: of a field given twice the last one counts. */
function message(row: DescriptionRow): Uint8Array {
  return concatBytes(row.description, bytesField(1, flyteidl.core.Identifier.encode(identifierOfRow(row)).finish()));
}

/** GetDescriptionEntity: of one version of a task or workflow; NOT_FOUND when it was registered without. */
export async function getDescriptionEntity(deps: AdminDeps, request: flyteidl.admin.ObjectGetRequest.$Properties): Promise<Uint8Array> {
  const id = completeIdentifier(request.id);
  const resourceType = request.id?.resourceType;
  if (!resourceType) throw missingField("resource_type");
  const row = await deps.state.read.descriptions.get(resourceType, id);
  if (row === undefined) throw missingEntity("description entity", identifierText(request.id));
  return message(row);
}

/** ListDescriptionEntities of a project and domain, or of all versions of one name. */
export async function listDescriptionEntities(
  deps: AdminDeps,
  request: flyteidl.admin.DescriptionEntityListRequest.$Properties,
): Promise<Uint8Array> {
  if (!request.resourceType) throw missingField("resource_type");
  const entity = "description_entity";
  const id = validNamedEntityId(request.id, false);
  const scope = [
    equals(entity, "resource_type", request.resourceType),
    equals(entity, "project", id.project),
    equals(entity, "domain", id.domain),
    ...(id.name === "" ? [] : [equals(entity, "name", id.name)]),
  ];
  const query = pageQuery(entity, request, scope);
  const rows = await deps.state.read.descriptions.list(query);
  return listReply(rows.map(message), nextToken(query, rows.length));
}
