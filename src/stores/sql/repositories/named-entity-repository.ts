import { type Kysely, type RawBuilder, type SqlBool, sql } from "kysely";
import type { NamedEntityId } from "../../../idl/identifiers.ts";
import { resourceTypes } from "../../../idl/identifiers.ts";
import { StatusError } from "../../../idl/status.ts";
import type { ColumnFilter, ListQuery } from "../../../ports/list-query.ts";
import type { NamedEntityRow, StateWriter } from "../../../ports/state-store.ts";
import { filterCondition } from "../filter-condition.ts";
import { columnKind, paged } from "../list-query.ts";
import type { Tables } from "../schema.ts";

const versionTables = new Map<number, "tasks" | "workflows" | "launch_plans">([
  [resourceTypes.TASK, "tasks"],
  [resourceTypes.WORKFLOW, "workflows"],
  [resourceTypes.LAUNCH_PLAN, "launch_plans"],
]);

export function namedEntityRepository(db: Kysely<Tables>): StateWriter["namedEntities"] {
  const select = (resourceType: number, only?: NamedEntityId) => {
    const table = versionTables.get(resourceType);
    if (!table) throw new StatusError("INVALID_ARGUMENT", "invalid value for resource_type");
    let names = db
      .selectFrom(table)
      .select((build) => ["project", "domain", "name", build.fn.min("id").as("first_id")])
      .groupBy(["project", "domain", "name"]);
    if (only) names = names.where("project", "=", only.project).where("domain", "=", only.domain).where("name", "=", only.name);
    return db
      .selectFrom(names.as("names"))
      .leftJoin("named_entity_metadata as metadata", (join) =>
        join
          .on("metadata.resource_type", "=", resourceType)
          .onRef("metadata.project", "=", "names.project")
          .onRef("metadata.domain", "=", "names.domain")
          .onRef("metadata.name", "=", "names.name"),
      )
      .select(["names.project", "names.domain", "names.name", "metadata.description", "metadata.state"]);
  };
  type Found = NamedEntityId & { readonly description: string | null; readonly state: number | null };
  const rowOf = (resourceType: number, { project, domain, name, description, state }: Found): NamedEntityRow => ({
    resourceType,
    project,
    domain,
    name,
    description: description ?? "",
    state: state ?? 0,
  });
  return {
    async list(resourceType, query: ListQuery) {
      let filtered = select(resourceType);
      for (const filter of query.filters) filtered = filtered.where(condition(resourceType, filter));
      const source = { column: (name: string) => columnOf("named_entity", name, resourceType), key: sql.ref("names.first_id") };
      return (await paged(filtered, "named_entity", query, source).execute()).map((row) => rowOf(resourceType, row));
    },
    async get(resourceType, id) {
      const row = await select(resourceType, id).executeTakeFirst();
      return row && rowOf(resourceType, row);
    },
    async upsert({ resourceType, project, domain, name, description, state }, now) {
      await db
        .insertInto("named_entity_metadata")
        .values({ resource_type: resourceType, project, domain, name, description, state, created_at: now, updated_at: now })
        .onConflict((conflict) =>
          conflict.columns(["resource_type", "project", "domain", "name"]).doUpdateSet({ description, state, updated_at: now }),
        )
        .execute();
    },
  };
}

function condition(resourceType: number, filter: ColumnFilter): RawBuilder<SqlBool> {
  const { entity } = filter;
  if (entity !== "named_entity" && entity !== "named_entity_metadata") {
    throw new StatusError("INVALID_ARGUMENT", `'${entity}' entity is not allowed in filters`);
  }
  const kind = columnKind(entity, filter.column);
  return filterCondition(columnOf(entity, filter.column, resourceType), kind, filter);
}

/** Flyte: a name without metadata is active, state 0, and so it is to filters. */
function columnOf(entity: "named_entity" | "named_entity_metadata", column: string, resourceType: number): RawBuilder<unknown> {
  if (column === "resource_type") return sql`cast(${resourceType} as integer)`;
  if (["project", "domain", "name"].includes(column)) return sql.ref(`names.${column}`);
  if (column === "state") return sql`coalesce(metadata.state, 0)`;
  return sql.ref(`${entity === "named_entity" ? "names" : "metadata"}.${column}`);
}
