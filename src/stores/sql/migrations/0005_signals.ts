import type { Kysely } from "kysely";
import type { SqlDialect } from "../sql-database.ts";
import { ofExecution, times, withColumns } from "./column-kinds.ts";

/** What gate nodes wait for. */
export async function signalTables(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  const table = dialect.withKey(db.schema.createTable("signals"));
  await withColumns(table, dialect, { ...ofExecution, signal_id: "text", type: "bytes", value: "bytes?", ...times })
    .addUniqueConstraint("signals_unique", [...Object.keys(ofExecution), "signal_id"])
    .execute();
}
