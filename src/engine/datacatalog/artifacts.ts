import { hasStatus, StatusError } from "../../idl/status.ts";
import type { EntityId } from "../../idl/identifiers.ts";
import type { Datum } from "../../ports/catalog-calls.ts";
import type { ArtifactRow, DatasetRow } from "../../ports/state-store.ts";
import { rowTimeOf } from "../events/row-time.ts";
import { deleteValues, readValues, writeValues } from "./artifact-values.ts";
import type { CatalogDeps } from "./catalog-deps.ts";
import { requireDataset } from "./datasets.ts";
import { entityMissing, missing, required } from "./refusals.ts";

export interface NewArtifact {
  readonly datasetId: EntityId;
  /** Chosen by the client. */
  readonly artifactId: string;
  readonly data: readonly Datum[];
  /** Encoded datacatalog.Metadata. */
  readonly metadata: Uint8Array;
  readonly partitions: readonly (readonly [string, string])[];
}

/** By its own id (the dataset may be left out) or by a tag of a dataset. */
export type ArtifactHandle =
  | { readonly artifactId: string; readonly datasetId: EntityId | undefined }
  | { readonly tag: string; readonly datasetId: EntityId };

/** Stores the values, then the artifact that names them. NOT_FOUND for its dataset, ALREADY_EXISTS for its id. */
export async function createArtifact(deps: CatalogDeps, artifact: NewArtifact): Promise<void> {
  const { datasetId, artifactId, metadata } = artifact;
  const exists = (cause?: unknown): StatusError =>
    new StatusError("ALREADY_EXISTS", `artifact ${artifactId} already exists in its dataset`, [], cause);
  checkData(artifact.data);
  const dataset = await requireDataset(deps.state.read, datasetId);
  const partitions = checkPartitions(dataset, artifact.partitions);
  if (await deps.state.read.catalog.artifact(dataset.key, artifactId)) throw exists();
  const data = await writeValues(deps, dataset.id, artifactId, artifact.data, "first");
  const row = { datasetKey: dataset.key, artifactId, metadata, data, partitions, createdAt: rowTimeOf(deps.clock.now()) };
  try {
    await deps.state.write((writer) => writer.catalog.insertArtifact(row));
  } catch (thrown) {
    if (!hasStatus(thrown, "ALREADY_EXISTS")) throw thrown;
    await deleteValues(deps, data);
    throw exists(thrown);
  }
}

/** With its values. NOT_FOUND when there is no such dataset, tag or artifact. */
export async function getArtifact(
  deps: CatalogDeps,
  handle: ArtifactHandle,
): Promise<{ readonly artifact: ArtifactRow; readonly dataset: DatasetRow; readonly data: readonly Datum[] }> {
  const { artifact, dataset } = await findArtifact(deps, handle);
  const data = await readValues(deps, artifact);
  if (!data) throw entityMissing("Artifact", artifact.artifactId);
  return { artifact, dataset, data };
}

async function findArtifact(
  deps: CatalogDeps,
  handle: ArtifactHandle,
): Promise<{ readonly artifact: ArtifactRow; readonly dataset: DatasetRow }> {
  const { catalog } = deps.state.read;
  const named = handle.datasetId && (await requireDataset(deps.state.read, handle.datasetId));
  if ("tag" in handle) {
    const artifact = named && (await catalog.artifactByTag(named.key, handle.tag));
    if (!artifact) throw entityMissing("Tag", handle.tag);
    return { artifact, dataset: named };
  }
  const artifact = named ? await catalog.artifact(named.key, handle.artifactId) : await catalog.artifactById(handle.artifactId);
  const dataset = named ?? (artifact && (await catalog.datasetByKey(artifact.datasetKey)));
  if (!artifact || !dataset) throw entityMissing("Artifact", handle.artifactId);
  return { artifact, dataset };
}

/** Replaces the values and the metadata; created_at, tags and partitions stay. Answers the artifact's id. */
export async function updateArtifact(
  deps: CatalogDeps,
  handle: ArtifactHandle,
  data: readonly Datum[],
  metadata: Uint8Array,
): Promise<string> {
  checkData(data);
  const { artifact, dataset } = await findArtifact(deps, handle);
  const written = await writeValues(deps, dataset.id, artifact.artifactId, data, "replacement");
  const replaced = await deps.state.write(async (writer) => {
    const now = await writer.catalog.artifact(dataset.key, artifact.artifactId);
    if (!now) return undefined;
    await writer.catalog.updateArtifact({ ...now, data: written, metadata });
    return now.data;
  });
  await deleteValues(deps, replaced ?? written);
  if (!replaced) throw entityMissing("Artifact", artifact.artifactId);
  return artifact.artifactId;
}

function checkData(data: readonly Datum[]): void {
  if (data.length === 0) throw missing("artifactData");
  for (const { name } of data) required("artifactData name", name);
  if (new Set(data.map(({ name }) => name)).size !== data.length) throw missing("artifactData with distinct names");
}

function checkPartitions(dataset: DatasetRow, partitions: NewArtifact["partitions"]): Readonly<Record<string, string>> {
  const keys = `[${dataset.partitionKeys.join(" ")}]`;
  const given = `[${partitions.map(([key]) => key).join(" ")}]`;
  for (const [key, value] of partitions) {
    required("partition key", key);
    required("partition value", value);
  }
  const refuse = (text: string): StatusError => new StatusError("INVALID_ARGUMENT", text);
  if (partitions.length !== dataset.partitionKeys.length) {
    throw refuse(`Partition key mismatch, dataset keys: ${keys}, artifact partition keys: ${given}`);
  }
  const byKey = new Map(partitions);
  if (!dataset.partitionKeys.every((key) => byKey.has(key))) {
    throw refuse(`Artifact partition assignment does not match dataset partition keys: ${keys}, artifact partition keys: ${given}`);
  }
  return Object.fromEntries(byKey);
}
