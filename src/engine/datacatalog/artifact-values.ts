import { hasStatus, StatusError } from "../../idl/status.ts";
import type { EntityId } from "../../idl/identifiers.ts";
import type { Datum } from "../../ports/catalog-calls.ts";
import { readBlob } from "../../ports/read-blob.ts";
import type { ArtifactRow } from "../../ports/state-store.ts";
import { randomText } from "../../std/random.ts";
import type { CatalogDeps } from "./catalog-deps.ts";

type Stored = ArtifactRow["data"];

const largestDatum = 64 << 20;

/**
 * Puts values where no row names anything yet: an artifact has its own until the row that names the new ones is committed,
 * and nobody else's are written over. The first ones of an artifact are where Flyte puts them, if that is free.
 */
export async function writeValues(
  deps: CatalogDeps,
  dataset: EntityId,
  artifactId: string,
  data: readonly Datum[],
  which: "first" | "replacement",
): Promise<Stored> {
  const { project, domain, name: datasetName, version } = dataset;
  const prefix = [deps.settings.container, "metadata", project, domain, datasetName, version, artifactId].join("/");
  return await Promise.all(
    data.map(async ({ name, value }) => {
      const first = `${prefix}/${name}/data.pb`;
      if (which === "first" && (await putIfAbsent(deps, first, value))) return { name, uri: first };
      const another = `${prefix}/${name}/${randomText(deps.random, 20)}/data.pb`;
      await deps.blobs.put(another, value);
      return { name, uri: another };
    }),
  );
}

async function putIfAbsent(deps: CatalogDeps, uri: string, value: Uint8Array): Promise<boolean> {
  try {
    await deps.blobs.put(uri, value, { ifAbsent: true });
    return true;
  } catch (thrown) {
    if (!hasStatus(thrown, "FAILED_PRECONDITION")) throw thrown;
    return false;
  }
}

/** Deletes values that no row names any more; one that a failure leaves behind is lost space, not a wrong answer. */
export async function deleteValues(deps: CatalogDeps, data: Stored): Promise<void> {
  const outcomes = await Promise.allSettled(data.map(({ uri }) => deps.blobs.delete(uri)));
  const failed = outcomes.flatMap((outcome, index) => (outcome.status === "rejected" ? [data[index]?.uri] : []));
  if (failed.length > 0) deps.logger.warn("values of an artifact could not be deleted", { uris: failed });
}

/**
 * The values of an artifact: those of `artifact`, or of the row it is by now. Undefined when it has been removed since.
 * INTERNAL for an artifact that has none, or whose values are gone: it must not look like a miss.
 */
export async function readValues(deps: CatalogDeps, artifact: ArtifactRow): Promise<readonly Datum[] | undefined> {
  if (artifact.data.length === 0) throw new StatusError("INTERNAL", `artifact ${artifact.artifactId} has no data`);
  try {
    return await Promise.all(artifact.data.map(async ({ name, uri }) => ({ name, value: await readBlob(deps.blobs, uri, largestDatum) })));
  } catch (thrown) {
    if (!hasStatus(thrown, "NOT_FOUND")) throw thrown;
    const now = await deps.state.read.catalog.artifact(artifact.datasetKey, artifact.artifactId);
    if (now === undefined || now.key !== artifact.key) return undefined;
    // Each turn of this is another update in the meantime.
    if (JSON.stringify(now.data) !== JSON.stringify(artifact.data)) return await readValues(deps, now);
    throw new StatusError("INTERNAL", `unable to read artifact data of ${artifact.artifactId}: ${thrown.message}`, [], thrown);
  }
}
