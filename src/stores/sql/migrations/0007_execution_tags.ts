import type { Kysely } from "kysely";
import { executionTagsOf } from "../../../ports/execution-tags.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import type { SqlDialect } from "../sql-database.ts";
import { ofExecution, times, withColumns } from "./column-kinds.ts";

const pageSize = 500;
/** Of one statement. */
const tagsAtOnce = 500;

type Before = {
  executions: {
    id: number;
    execution_project: string;
    execution_domain: string;
    execution_name: string;
    spec: Uint8Array;
    created_at: string;
  };
  execution_tags: {
    execution_project: string;
    execution_domain: string;
    execution_name: string;
    key: string;
    value: string;
    created_at: string;
    updated_at: string;
  };
};

/** What executions are found by: their tags, and their labels. Those there are get theirs. */
export async function executionTagTables(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  const table = db.schema.createTable("execution_tags");
  await withColumns(table, dialect, { ...ofExecution, key: "text", value: "text", ...times })
    .addPrimaryKeyConstraint("execution_tags_key", [...Object.keys(ofExecution), "key", "value"])
    .execute();
  await db.schema.createIndex("execution_tags_by_key_value").on("execution_tags").columns(["key", "value"]).execute();

  const known = db.withTables<Before>();
  for (let last = 0; ;) {
    const rows = await known
      .selectFrom("executions")
      .select(["id", "execution_project", "execution_domain", "execution_name", "spec", "created_at"])
      .where("id", ">", last)
      .orderBy("id")
      .limit(pageSize)
      .execute();
    for (const { id, spec, created_at, ...execution } of rows) {
      last = id;
      const tags = executionTagsOf(flyteidl.admin.ExecutionSpec.decode(spec));
      const values = tags.map(({ key, value }) => ({ ...execution, key, value, created_at, updated_at: created_at }));
      for (let start = 0; start < values.length; start += tagsAtOnce) {
        await known
          .insertInto("execution_tags")
          .values(values.slice(start, start + tagsAtOnce))
          .execute();
      }
    }
    if (rows.length < pageSize) return;
  }
}
