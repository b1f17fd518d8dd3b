import type { datacatalog } from "../../idl/flyteidl.ts";
import { entityIdOf, type EntityId } from "../../idl/identifiers.ts";
import { hasStatus, StatusError } from "../../idl/status.ts";
import type { DatasetRow, StateReader } from "../../ports/state-store.ts";
import { randomUuid } from "../../std/random.ts";
import { rowTimeOf } from "../events/row-time.ts";
import type { CatalogDeps } from "./catalog-deps.ts";
import { datasetText, entityMissing, invalid, missing, required } from "./refusals.ts";

/** The id of a dataset; all four parts are required. */
export function datasetIdOf(id: datacatalog.DatasetID.$Properties | null | undefined): EntityId {
  if (id == null) throw missing("dataset");
  for (const part of ["project", "domain", "name", "version"] as const) required(part, id[part]);
  const { project, domain, name, version } = id;
  return entityIdOf({ project, domain, name, version });
}

/** The dataset of that id, or NOT_FOUND. */
export async function requireDataset(reader: StateReader, id: EntityId): Promise<DatasetRow> {
  const row = await reader.catalog.dataset(id);
  if (!row) throw entityMissing("Dataset", datasetText(id));
  return row;
}

/** `metadata`: encoded datacatalog.Metadata. ALREADY_EXISTS when the dataset is there: it stays as it is. */
export async function createDataset(
  deps: CatalogDeps,
  id: EntityId,
  metadata: Uint8Array,
  partitionKeys: readonly string[],
): Promise<void> {
  for (const key of partitionKeys) required("partition key", key);
  if (new Set(partitionKeys).size !== partitionKeys.length) throw invalid("partitionKeys", partitionKeys.join(" "));
  const uuid = randomUuid(deps.random);
  const createdAt = rowTimeOf(deps.clock.now());
  try {
    await deps.state.write((writer) => writer.catalog.insertDataset({ id, uuid, metadata, partitionKeys, createdAt }));
  } catch (thrown) {
    if (!hasStatus(thrown, "ALREADY_EXISTS")) throw thrown;
    throw new StatusError("ALREADY_EXISTS", `dataset ${datasetText(id)} already exists`, [], thrown);
  }
}
