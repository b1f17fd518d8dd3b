import type { Kysely } from "kysely";
import type { SqlDialect } from "../sql-database.ts";
import { ofExecution, withColumns } from "./column-kinds.ts";

/** Tokens of resource pools: who has one, and who waits, in order. */
export async function resourceTokenTable(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  await withColumns(dialect.withKey(db.schema.createTable("resource_tokens")), dialect, {
    namespace: "text",
    ...ofExecution,
    token: "text",
    node_id: "text",
    granted: "integer",
  })
    .addUniqueConstraint("resource_tokens_unique", ["namespace", ...Object.keys(ofExecution), "token"])
    .execute();
  await db.schema.createIndex("resource_tokens_in_order").on("resource_tokens").columns(["namespace", "granted", "id"]).execute();
}
