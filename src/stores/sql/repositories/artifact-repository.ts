import type { Kysely, Selectable } from "kysely";
import type { ArtifactRow, StateWriter } from "../../../ports/state-store.ts";
import { pageNumber } from "../list-query.ts";
import type { Tables } from "../schema.ts";
import { insertedKey, mustChange } from "./inserted-key.ts";

const unique = ["dataset_id", "artifact_id"] as const;
const rowsAtOnce = 200;

type ArtifactMethods =
  | "artifact"
  | "artifactById"
  | "artifactByTag"
  | "listArtifacts"
  | "insertArtifact"
  | "updateArtifact"
  | "deleteArtifact";

export function artifactRepository(db: Kysely<Tables>): Pick<StateWriter["catalog"], ArtifactMethods> {
  const all = () => db.selectFrom("artifacts").selectAll("artifacts");
  // One statement: an artifact and its data are of the same moment.
  const rows = async (select: ReturnType<typeof all>): Promise<readonly ArtifactRow[]> => {
    const found = await db
      .selectFrom(select.as("found"))
      .leftJoin("artifact_data", "artifact_data.artifact_key", "found.id")
      .selectAll("found")
      .select(["artifact_data.name", "artifact_data.location", "artifact_data.position"])
      .execute();
    return grouped(found);
  };
  const first = async (select: ReturnType<typeof all>): Promise<ArtifactRow | undefined> => (await rows(select.limit(1)))[0];
  const writeParts = async (key: number, row: Pick<ArtifactRow, "data">): Promise<void> => {
    const data = row.data.map(({ name, uri }, position) => ({ artifact_key: key, position, name, location: uri }));
    for (let start = 0; start < data.length; start += rowsAtOnce) {
      await db
        .insertInto("artifact_data")
        .values(data.slice(start, start + rowsAtOnce))
        .execute();
    }
  };
  const writePartitions = async (key: number, partitions: ArtifactRow["partitions"]): Promise<void> => {
    for (const [name, value] of Object.entries(partitions)) {
      await db.insertInto("partitions").values({ artifact_key: key, partition_key: name, value }).execute();
    }
  };
  return {
    artifact: (datasetKey, artifactId) => first(all().where("dataset_id", "=", datasetKey).where("artifact_id", "=", artifactId)),
    artifactById: (artifactId) => first(all().where("artifact_id", "=", artifactId).orderBy("id")),
    artifactByTag: (datasetKey, tag) =>
      first(
        all()
          .innerJoin("tags", "tags.artifact_key", "artifacts.id")
          .where("tags.dataset_id", "=", datasetKey)
          .where("tags.tag_name", "=", tag),
      ),
    async listArtifacts(datasetKey, filter, page) {
      let select = all().where("artifacts.dataset_id", "=", datasetKey);
      for (const tag of filter.tags) {
        select = select.where((build) =>
          build.exists(
            build.selectFrom("tags").select("tags.id").whereRef("tags.artifact_key", "=", "artifacts.id").where("tags.tag_name", "=", tag),
          ),
        );
      }
      for (const [name, value] of filter.partitions) {
        select = select.where((build) =>
          build.exists(
            build
              .selectFrom("partitions")
              .select("partitions.artifact_key")
              .whereRef("partitions.artifact_key", "=", "artifacts.id")
              .where("partitions.partition_key", "=", name)
              .where("partitions.value", "=", value),
          ),
        );
      }
      const direction = page.descending ? "desc" : "asc";
      const found = await rows(
        select
          .orderBy("artifacts.created_at", direction)
          .orderBy("artifacts.id", direction)
          .limit(pageNumber("limit", page.limit))
          .offset(pageNumber("offset", page.offset)),
      );
      const sign = page.descending ? -1 : 1;
      return [...found].sort((a, b) => sign * (compare(a.createdAt, b.createdAt) || a.key - b.key));
    },
    async insertArtifact(row) {
      const inserted = await db
        .insertInto("artifacts")
        .values({
          dataset_id: row.datasetKey,
          artifact_id: row.artifactId,
          serialized_metadata: row.metadata,
          serialized_partitions: JSON.stringify(row.partitions),
          created_at: row.createdAt,
        })
        .onConflict((conflict) => conflict.columns(unique).doNothing())
        .returning("id")
        .executeTakeFirst();
      const key = insertedKey(inserted, unique);
      await writeParts(key, row);
      await writePartitions(key, row.partitions);
      return key;
    },
    async updateArtifact(row) {
      const values = { serialized_metadata: row.metadata, serialized_partitions: JSON.stringify(row.partitions) };
      const changed = await db.updateTable("artifacts").set(values).where("id", "=", row.key).executeTakeFirst();
      mustChange(changed, "artifacts", row.key);
      await db.deleteFrom("artifact_data").where("artifact_key", "=", row.key).execute();
      await db.deleteFrom("partitions").where("artifact_key", "=", row.key).execute();
      await writeParts(row.key, row);
      await writePartitions(row.key, row.partitions);
    },
    async deleteArtifact(key) {
      // Tags, data and partitions go with it by their foreign keys.
      await db.deleteFrom("artifacts").where("id", "=", key).execute();
    },
  };
}

type Found = Selectable<Tables["artifacts"]> & {
  readonly name: string | null;
  readonly location: string | null;
  readonly position: number | null;
};

function grouped(found: readonly Found[]): ArtifactRow[] {
  const byKey = Map.groupBy(found, (row) => row.id);
  return [...byKey.values()].flatMap((rows) => {
    const [row] = rows;
    if (!row) return [];
    const data = rows
      .flatMap(({ name, location, position }) =>
        name === null || location === null || position === null ? [] : [{ name, uri: location, position }],
      )
      .sort((a, b) => a.position - b.position)
      .map(({ name, uri }) => ({ name, uri }));
    return [
      {
        key: row.id,
        datasetKey: row.dataset_id,
        artifactId: row.artifact_id,
        metadata: row.serialized_metadata,
        data,
        partitions: JSON.parse(row.serialized_partitions) as Record<string, string>,
        createdAt: row.created_at,
      },
    ];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
