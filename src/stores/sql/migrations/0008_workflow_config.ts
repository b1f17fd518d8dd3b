import type { Kysely } from "kysely";
import type { SqlDialect } from "../sql-database.ts";

/** What propeller is told of an execution beside its spec; null for those of before. */
export async function workflowConfigColumn(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  await db.schema.alterTable("active_workflows").addColumn("config", dialect.textType).execute();
}
