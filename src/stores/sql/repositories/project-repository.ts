import type { Kysely } from "kysely";
import type { ProjectRow, StateWriter } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import type { SqlContext } from "../sql-database.ts";
import { preparedQuery } from "../prepared-query.ts";
import { timestampText } from "../timestamp-text.ts";
import { alreadyExists } from "./inserted-key.ts";

const columns = ["identifier", "name", "description", "labels", "state"] as const;

export function projectRepository(db: Kysely<Tables>, { clock }: SqlContext): StateWriter["projects"] {
  const get = preparedQuery(db, ({ identifier }: { readonly identifier: string }) =>
    db.selectFrom("projects").select(columns).where("identifier", "=", identifier),
  );
  return {
    async get(identifier) {
      const row = (await get({ identifier })).rows[0];
      return row && columnsOf(row);
    },
    list: async (query) => (await listed(db.selectFrom("projects").select(columns), "project", query).execute()).map(columnsOf),
    async insert(row: ProjectRow) {
      const now = timestampText(clock.now());
      const values = { ...columnsOf(row), created_at: now, updated_at: now };
      const inserted = await db
        .insertInto("projects")
        .values(values)
        .onConflict((conflict) => conflict.column("identifier").doNothing())
        .returning("id")
        .executeTakeFirst();
      if (!inserted) throw alreadyExists(["identifier"]);
    },
    async update(row: ProjectRow) {
      const changed = await db
        .updateTable("projects")
        .set({ ...columnsOf(row), updated_at: timestampText(clock.now()) })
        .where("identifier", "=", row.identifier)
        .executeTakeFirst();
      return changed.numUpdatedRows > 0n;
    },
  };
}

function columnsOf({ identifier, name, description, labels, state }: ProjectRow): ProjectRow {
  return { identifier, name, description, labels, state };
}
