import type { Kysely, Selectable } from "kysely";
import type { DatasetRow, StateWriter } from "../../../ports/state-store.ts";
import { pageNumber } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import { insertedKey } from "./inserted-key.ts";

const unique = ["project", "domain", "name", "version"] as const;

export function datasetRepository(
  db: Kysely<Tables>,
): Pick<StateWriter["catalog"], "dataset" | "datasetByKey" | "listDatasets" | "insertDataset"> {
  const all = () => db.selectFrom("datasets").selectAll();
  return {
    async dataset({ project, domain, name, version }) {
      const row = await all()
        .where("project", "=", project)
        .where("domain", "=", domain)
        .where("name", "=", name)
        .where("version", "=", version)
        .executeTakeFirst();
      return row && rowOf(row);
    },
    async datasetByKey(key) {
      const row = await all().where("id", "=", key).executeTakeFirst();
      return row && rowOf(row);
    },
    async listDatasets(filter, page) {
      let select = all();
      for (const column of unique) {
        const value = filter[column];
        if (value !== undefined) select = select.where(column, "=", value);
      }
      const direction = page.descending ? "desc" : "asc";
      const rows = await select
        .orderBy("created_at", direction)
        .orderBy("id", direction)
        .limit(pageNumber("limit", page.limit))
        .offset(pageNumber("offset", page.offset))
        .execute();
      return rows.map(rowOf);
    },
    async insertDataset(row) {
      const inserted = await db
        .insertInto("datasets")
        .values({
          project: row.id.project,
          domain: row.id.domain,
          name: row.id.name,
          version: row.id.version,
          uuid: row.uuid,
          serialized_metadata: row.metadata,
          partition_keys: JSON.stringify(row.partitionKeys),
          created_at: row.createdAt,
        })
        .onConflict((conflict) => conflict.columns(unique).doNothing())
        .returning("id")
        .executeTakeFirst();
      return insertedKey(inserted, unique);
    },
  };
}

function rowOf(row: Selectable<Tables["datasets"]>): DatasetRow {
  const { project, domain, name, version, uuid } = row;
  const partitionKeys = JSON.parse(row.partition_keys) as string[];
  return {
    key: row.id,
    id: { project, domain, name, version },
    uuid,
    metadata: row.serialized_metadata,
    partitionKeys,
    createdAt: row.created_at,
  };
}
