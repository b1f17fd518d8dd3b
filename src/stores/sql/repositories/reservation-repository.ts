import type { Kysely } from "kysely";
import type { StateWriter } from "../../../ports/state-store.ts";
import type { Tables } from "../schema.ts";
import type { LockName } from "../sql-database.ts";

export function reservationRepository(
  db: Kysely<Tables>,
  lockName: LockName,
): Pick<StateWriter["catalog"], "reservation" | "putReservation" | "deleteReservation"> {
  return {
    async reservation(datasetKey, tag) {
      // Who reads it in a write goes on to take it.
      await lockName(JSON.stringify(["reservation", datasetKey, tag]));
      const row = await db
        .selectFrom("reservations")
        .select(["owner_id", "expires_at"])
        .where("dataset_id", "=", datasetKey)
        .where("tag_name", "=", tag)
        .executeTakeFirst();
      return row && { datasetKey, tag, ownerId: row.owner_id, expiresAt: row.expires_at };
    },
    async putReservation({ datasetKey, tag, ownerId, expiresAt }) {
      await db
        .insertInto("reservations")
        .values({ dataset_id: datasetKey, tag_name: tag, owner_id: ownerId, expires_at: expiresAt })
        .onConflict((conflict) => conflict.columns(["dataset_id", "tag_name"]).doUpdateSet({ owner_id: ownerId, expires_at: expiresAt }))
        .execute();
    },
    async deleteReservation(datasetKey, tag, ownerId) {
      const deleted = await db
        .deleteFrom("reservations")
        .where("dataset_id", "=", datasetKey)
        .where("tag_name", "=", tag)
        .where("owner_id", "=", ownerId)
        .executeTakeFirst();
      return deleted.numDeletedRows > 0n;
    },
  };
}
