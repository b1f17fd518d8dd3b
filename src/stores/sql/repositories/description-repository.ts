import type { Kysely, Selectable } from "kysely";
import type { DescriptionRow, StateWriter } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import { insertedKey } from "./inserted-key.ts";

const unique = ["resource_type", "project", "domain", "name", "version"] as const;

export function descriptionRepository(db: Kysely<Tables>): StateWriter["descriptions"] {
  const all = () => db.selectFrom("description_entities").selectAll("description_entities");
  return {
    async get(resourceType, { project, domain, name, version }) {
      const row = await all()
        .where("resource_type", "=", resourceType)
        .where("project", "=", project)
        .where("domain", "=", domain)
        .where("name", "=", name)
        .where("version", "=", version)
        .executeTakeFirst();
      return row && rowOf(row);
    },
    list: async (query) => (await listed(all(), "description_entity", query).execute()).map(rowOf),
    async insert({ resourceType, project, domain, name, version, shortDescription, description, createdAt }) {
      const inserted = await db
        .insertInto("description_entities")
        .values({
          resource_type: resourceType,
          project,
          domain,
          name,
          version,
          short_description: shortDescription,
          description,
          created_at: createdAt,
          updated_at: createdAt,
        })
        .onConflict((conflict) => conflict.columns(unique).doNothing())
        .returning("id")
        .executeTakeFirst();
      return insertedKey(inserted, unique);
    },
  };
}

function rowOf(row: Selectable<Tables["description_entities"]>): DescriptionRow {
  const { project, domain, name, version, description } = row;
  return {
    key: row.id,
    resourceType: row.resource_type,
    project,
    domain,
    name,
    version,
    shortDescription: row.short_description,
    description,
    createdAt: row.created_at,
  };
}
