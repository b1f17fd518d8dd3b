import type { Kysely } from "kysely";
import type { SqlDialect } from "../sql-database.ts";
import { versioned, withColumns } from "./column-kinds.ts";

/** The catalog's tables. */
export async function catalogTables(db: Kysely<unknown>, dialect: SqlDialect): Promise<void> {
  const table = (name: string, columns: Parameters<typeof withColumns>[2]) => withColumns(db.schema.createTable(name), dialect, columns);
  const keyed = (name: string, columns: Parameters<typeof withColumns>[2]) =>
    withColumns(dialect.withKey(db.schema.createTable(name)), dialect, columns);

  await keyed("datasets", { ...versioned, uuid: "text", serialized_metadata: "bytes", partition_keys: "text", created_at: "text" })
    .addUniqueConstraint("datasets_unique", ["project", "domain", "name", "version"])
    .execute();

  await keyed("artifacts", {
    dataset_id: "integer",
    artifact_id: "text",
    serialized_metadata: "bytes",
    serialized_partitions: "text",
    created_at: "text",
  })
    .addForeignKeyConstraint("artifacts_dataset", ["dataset_id"], "datasets", ["id"])
    .addUniqueConstraint("artifacts_unique", ["dataset_id", "artifact_id"])
    .execute();
  await db.schema.createIndex("artifacts_by_artifact_id").on("artifacts").column("artifact_id").execute();
  await db.schema.createIndex("artifacts_by_created_at").on("artifacts").columns(["dataset_id", "created_at", "id"]).execute();

  await table("artifact_data", { artifact_key: "integer", position: "integer", name: "text", location: "text" })
    .addPrimaryKeyConstraint("artifact_data_key", ["artifact_key", "position"])
    .addForeignKeyConstraint("artifact_data_artifact", ["artifact_key"], "artifacts", ["id"], (key) => key.onDelete("cascade"))
    .execute();

  await table("partitions", { artifact_key: "integer", partition_key: "text", value: "text" })
    .addPrimaryKeyConstraint("partitions_key", ["artifact_key", "partition_key"])
    .addForeignKeyConstraint("partitions_artifact", ["artifact_key"], "artifacts", ["id"], (key) => key.onDelete("cascade"))
    .execute();
  await db.schema.createIndex("partitions_by_value").on("partitions").columns(["partition_key", "value"]).execute();

  await keyed("tags", { dataset_id: "integer", tag_name: "text", artifact_key: "integer" })
    .addUniqueConstraint("tags_unique", ["dataset_id", "tag_name"])
    .addForeignKeyConstraint("tags_artifact", ["artifact_key"], "artifacts", ["id"], (key) => key.onDelete("cascade"))
    .execute();
  await db.schema.createIndex("tags_by_artifact").on("tags").column("artifact_key").execute();

  await table("reservations", { dataset_id: "integer", tag_name: "text", owner_id: "text", expires_at: "text" })
    .addPrimaryKeyConstraint("reservations_key", ["dataset_id", "tag_name"])
    .execute();
}
