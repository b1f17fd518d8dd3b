import type { Kysely } from "kysely";
import type { SqlDialect } from "../sql-database.ts";
import { times, versioned, withColumns } from "./column-kinds.ts";

/** What people write about versions of tasks and workflows. */
export async function descriptionTables(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  const table = dialect.withKey(db.schema.createTable("description_entities"));
  await withColumns(table, dialect, { resource_type: "integer", ...versioned, short_description: "text", description: "bytes", ...times })
    .addUniqueConstraint("description_entities_unique", ["resource_type", "project", "domain", "name", "version"])
    .execute();
}
