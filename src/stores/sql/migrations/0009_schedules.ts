import type { Kysely } from "kysely";
import type { SqlDialect } from "../sql-database.ts";
import { times, versioned, withColumns } from "./column-kinds.ts";

/** Schedules of launch plans that are or were active, and how far each has come. */
export async function scheduleTables(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  const table = db.schema.createTable("schedulable_entities");
  await withColumns(table, dialect, {
    ...versioned,
    cron_expression: "text",
    fixed_rate_value: "integer",
    unit: "integer",
    kickoff_time_input_arg: "text",
    active: "integer",
    last_tick: "text?",
    ...times,
  })
    .addPrimaryKeyConstraint("schedulable_entities_key", Object.keys(versioned))
    .execute();
  await db.schema
    .createIndex("schedulable_entities_by_active")
    .on("schedulable_entities")
    .columns(["active", "project", "domain", "name"])
    .execute();
}
