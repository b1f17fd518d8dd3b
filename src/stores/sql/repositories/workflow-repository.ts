import type { Kysely, Selectable } from "kysely";
import type { StateWriter, WorkflowRow } from "../../../ports/state-store.ts";
import { listed } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import { insertedKey } from "./inserted-key.ts";
import { versionNames } from "./version-names.ts";

const unique = ["project", "domain", "name", "version"] as const;

export function workflowRepository(db: Kysely<Tables>): StateWriter["workflows"] {
  const all = () => db.selectFrom("workflows").selectAll("workflows");
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
    list: async (query) => (await listed(all(), "workflow", query).execute()).map(rowOf),
    listNames: (query) => versionNames(db, "workflow", query),
    async insert(row) {
      const { project, domain, name, version, digest } = row;
      const inserted = await db
        .insertInto("workflows")
        .values({
          project,
          domain,
          name,
          version,
          digest,
          typed_interface: row.typedInterface,
          remote_closure_identifier: row.remoteClosureIdentifier,
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

function rowOf(row: Selectable<Tables["workflows"]>): WorkflowRow {
  const { project, domain, name, version, digest } = row;
  return {
    key: row.id,
    createdAt: row.created_at,
    project,
    domain,
    name,
    version,
    digest,
    typedInterface: row.typed_interface,
    remoteClosureIdentifier: row.remote_closure_identifier,
    shortDescription: row.short_description,
  };
}
