import type { EntityId } from "../../../idl/identifiers.ts";
import { StatusError, hasStatus } from "../../../idl/status.ts";
import type { StateStore, StateWriter, VersionedReader } from "../../../ports/state-store.ts";

/** Inserts a version, and `then` what belongs to it, in one write; false when one of that id is there, and can be read. */
export async function insertVersion(
  state: StateStore,
  insert: (writer: StateWriter) => Promise<unknown>,
  then: (writer: StateWriter) => Promise<void> = async () => {},
): Promise<boolean> {
  return await state.write(async (writer) => {
    try {
      await insert(writer);
    } catch (thrown) {
      if (hasStatus(thrown, "ALREADY_EXISTS")) return false;
      throw thrown;
    }
    await then(writer);
    return true;
  }, "inserts");
}

/** The version that was in the way. */
export async function existingVersion<Row>(reader: VersionedReader<Row>, id: EntityId): Promise<Row> {
  const row = await reader.get(id);
  if (row === undefined) throw new StatusError("INTERNAL", `version ${id.version} of ${id.name} was in the way and is not there`);
  return row;
}
