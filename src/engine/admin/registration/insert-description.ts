import { flyteidl } from "../../../idl/flyteidl.ts";
import type { EntityId } from "../../../idl/identifiers.ts";
import type { StateWriter } from "../../../ports/state-store.ts";

/** What a registration says of its entity to people. */
export interface Description {
  readonly shortDescription: string;
  /** Encoded admin.DescriptionEntity as it came; undefined when there is none. */
  readonly bytes: Uint8Array | undefined;
}

/** The description in a request's spec, by its bytes there. */
export function descriptionOf(bytes: Uint8Array | undefined): Description {
  const shortDescription = bytes === undefined ? "" : (flyteidl.admin.DescriptionEntity.decode(bytes).shortDescription ?? "");
  return { shortDescription, bytes };
}

/** Within the write that registers the entity. */
export async function insertDescription(
  writer: StateWriter,
  type: "TASK" | "WORKFLOW",
  id: EntityId,
  { shortDescription, bytes }: Description,
  createdAt: string,
): Promise<void> {
  if (bytes === undefined) return;
  const resourceType = flyteidl.core.ResourceType[type];
  await writer.descriptions.insert({ ...id, resourceType, shortDescription, description: bytes, createdAt });
}
