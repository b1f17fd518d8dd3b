import { flyteidl } from "../../../idl/flyteidl.ts";
import { entityIdOf } from "../../../idl/identifiers.ts";
import type { Identifier } from "../../../idl/types.ts";
import { bytesField, concatBytes } from "../../../idl/wire.ts";

/**
 * A task's or workflow's template under the id it is registered by (Flyte overrules the template's own): the bytes that
 * came, with the id after them where it differs. Readers take the last of a field that occurs twice.
 */
export function templateBytesWithId(bytes: Uint8Array, id: Identifier, own: Identifier | null | undefined): Uint8Array {
  const [wanted, given] = [entityIdOf(id), entityIdOf(own)];
  const same =
    own?.resourceType === id.resourceType &&
    wanted.project === given.project &&
    wanted.domain === given.domain &&
    wanted.name === given.name &&
    wanted.version === given.version;
  return same ? bytes : concatBytes(bytes, bytesField(1, flyteidl.core.Identifier.encode(id).finish()));
}
