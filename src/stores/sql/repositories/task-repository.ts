import type { Kysely, Selectable } from "kysely";
import type { StateWriter, TaskRow } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import { insertedKey } from "./inserted-key.ts";
import { versionNames } from "./version-names.ts";

const unique = ["project", "domain", "name", "version"] as const;

export function taskRepository(db: Kysely<Tables>): StateWriter["tasks"] {
  const all = () => db.selectFrom("tasks").selectAll("tasks");
  return {
    async get({ project, domain, name, version }) {
      const row = await all()
        .where("project", "=", project)
        .where("domain", "=", domain)
        .where("name", "=", name)
        .where("version", "=", version)
        .executeTakeFirst();
      return row && rowOf(row);
    },
    async getByKey(key) {
      const row = await all().where("id", "=", key).executeTakeFirst();
      return row && rowOf(row);
    },
    list: async (query) => (await listed(all(), "task", query).execute()).map(rowOf),
    listNames: (query) => versionNames(db, "task", query),
    async insert(row) {
      const { project, domain, name, version, type, digest, closure } = row;
      const inserted = await db
        .insertInto("tasks")
        .values({
          project,
          domain,
          name,
          version,
          type,
          digest,
          closure,
          short_description: row.shortDescription,
          created_at: row.createdAt,
          updated_at: row.createdAt,
        })
        .onConflict((conflict) => conflict.columns(unique).doNothing())
        .returning("id")
        .executeTakeFirst();
      return insertedKey(inserted, unique);
    },
  };
}

function rowOf(row: Selectable<Tables["tasks"]>): TaskRow {
  const { project, domain, name, version, type, digest, closure } = row;
  const shortDescription = row.short_description;
  return { key: row.id, createdAt: row.created_at, project, domain, name, version, type, digest, closure, shortDescription };
}
