import type { Kysely } from "kysely";
import type { StateWriter } from "../../../ports/state-store.ts";
import type { Tables } from "../schema.ts";
import { insertedKey } from "./inserted-key.ts";

const unique = ["dataset_id", "tag_name"] as const;

export function tagRepository(db: Kysely<Tables>): Pick<StateWriter["catalog"], "tags" | "insertTag" | "deleteTag"> {
  return {
    async tags(artifactKey) {
      const rows = await db.selectFrom("tags").select("tag_name").where("artifact_key", "=", artifactKey).orderBy("id").execute();
      return rows.map((row) => row.tag_name);
    },
    async insertTag(datasetKey, tag, artifactKey) {
      const inserted = await db
        .insertInto("tags")
        .values({ dataset_id: datasetKey, tag_name: tag, artifact_key: artifactKey })
        .onConflict((conflict) => conflict.columns(unique).doNothing())
        .returning("id")
        .executeTakeFirst();
      insertedKey(inserted, unique);
    },
    async deleteTag(datasetKey, tag) {
      const deleted = await db.deleteFrom("tags").where("dataset_id", "=", datasetKey).where("tag_name", "=", tag).executeTakeFirst();
      return deleted.numDeletedRows > 0n;
    },
  };
}
