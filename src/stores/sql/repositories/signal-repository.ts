import type { Kysely, Selectable } from "kysely";
import type { SignalRow, StateWriter } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import type { Announcements } from "../sql-database.ts";
import { insertedKey } from "./inserted-key.ts";

const unique = ["execution_project", "execution_domain", "execution_name", "signal_id"] as const;

export function signalRepository(db: Kysely<Tables>, announcements: Announcements | undefined): StateWriter["signals"] {
  const all = () => db.selectFrom("signals").selectAll("signals");
  return {
    async get({ project, domain, name }, signalId) {
      const row = await all()
        .where("execution_project", "=", project)
        .where("execution_domain", "=", domain)
        .where("execution_name", "=", name)
        .where("signal_id", "=", signalId)
        .executeTakeFirst();
      return row && rowOf(row);
    },
    list: async (query) => (await listed(all(), "signal", query).execute()).map(rowOf),
    async insert({ execution: { project, domain, name }, signalId, type, value, createdAt, updatedAt }) {
      const inserted = await db
        .insertInto("signals")
        .values({
          execution_project: project,
          execution_domain: domain,
          execution_name: name,
          signal_id: signalId,
          type,
          value,
          created_at: createdAt,
          updated_at: updatedAt,
        })
        .onConflict((conflict) => conflict.columns(unique).doNothing())
        .returning("id")
        .executeTakeFirst();
      return insertedKey(inserted, unique);
    },
    async setValue({ key, execution }, value, updatedAt) {
      await db.updateTable("signals").set({ value, updated_at: updatedAt }).where("id", "=", key).execute();
      await announcements?.announce(db, "workflow", execution);
    },
  };
}

function rowOf(row: Selectable<Tables["signals"]>): SignalRow {
  return {
    key: row.id,
    execution: { project: row.execution_project, domain: row.execution_domain, name: row.execution_name },
    signalId: row.signal_id,
    type: row.type,
    value: row.value,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
