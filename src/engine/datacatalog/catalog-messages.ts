import { datacatalog } from "../../idl/flyteidl.ts";
import type { Datum } from "../../ports/catalog-calls.ts";
import type { ArtifactRow, DatasetRow } from "../../ports/state-store.ts";
import { bytesField, concatBytes } from "../../idl/wire.ts";
import { textField, timeField } from "../admin/reply.ts";

// datacatalog's messages around stored bytes.

/** Encoded datacatalog.DatasetID, with the server's uuid. */
export function datasetIdBytes(row: DatasetRow): Uint8Array {
  const { project, domain, name, version } = row.id;
  return datacatalog.DatasetID.encode({ project, domain, name, version, UUID: row.uuid }).finish();
}

/** Encoded datacatalog.Dataset. */
export function datasetBytes(row: DatasetRow): Uint8Array {
  const keys = row.partitionKeys.map((key) => bytesField(3, Buffer.from(key)));
  return concatBytes(bytesField(1, datasetIdBytes(row)), bytesField(2, row.metadata), ...keys);
}

/** Encoded datacatalog.Artifact. */
export function artifactBytes(dataset: DatasetRow, row: ArtifactRow, data: readonly Datum[], tags: readonly string[]): Uint8Array {
  const id = datasetIdBytes(dataset);
  return concatBytes(
    textField(1, row.artifactId),
    bytesField(2, id),
    ...data.map(({ name, value }) => bytesField(3, concatBytes(textField(1, name), bytesField(2, value)))),
    bytesField(4, row.metadata),
    ...dataset.partitionKeys.map((key) => bytesField(5, datacatalog.Partition.encode({ key, value: row.partitions[key] ?? "" }).finish())),
    ...tags.map((tag) => bytesField(6, concatBytes(textField(1, tag), textField(2, row.artifactId), bytesField(3, id)))),
    timeField(7, row.createdAt),
  );
}
