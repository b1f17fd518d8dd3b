import { type Kysely, sql } from "kysely";
import type { NamedEntityId } from "../../../idl/identifiers.ts";
import type { ListQuery } from "../../../ports/list-query.ts";
import { filterConditions, paged, tableNames } from "../list-query.ts";
import type { Tables } from "../schema.ts";

const nameColumns = new Set(["project", "domain", "name"]);

/** Distinct names among the versions that match. A sort key that versions differ in counts by its greatest value. */
export async function versionNames(
  db: Kysely<Tables>,
  entity: "task" | "workflow" | "launch_plan",
  query: ListQuery,
): Promise<readonly NamedEntityId[]> {
  const table = tableNames[entity];
  const conditions = filterConditions(entity, query.filters);
  let select = db.selectFrom(table).select(["project", "domain", "name"]).groupBy(["project", "domain", "name"]);
  for (const condition of conditions) select = select.where(condition);
  const column = (name: string) => (nameColumns.has(name) ? sql.ref(`${table}.${name}`) : sql`max(${sql.ref(`${table}.${name}`)})`);
  const rows = await paged(select, entity, query, { column, key: sql`min(${sql.ref(`${table}.id`)})` }).execute();
  return rows.map(({ project, domain, name }) => ({ project, domain, name }));
}
