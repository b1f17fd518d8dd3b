import { hasStatus, StatusError } from "../../idl/status.ts";
import type { EntityId } from "../../idl/identifiers.ts";
import { deleteValues } from "./artifact-values.ts";
import type { CatalogDeps } from "./catalog-deps.ts";
import { requireDataset } from "./datasets.ts";
import { entityMissing } from "./refusals.ts";

/** Tags an artifact of a dataset. A tag stays with its first artifact: ALREADY_EXISTS. NOT_FOUND for dataset or artifact. */
export async function addTag(deps: CatalogDeps, datasetId: EntityId, tag: string, artifactId: string): Promise<void> {
  try {
    await deps.state.write(async (writer) => {
      const dataset = await requireDataset(writer, datasetId);
      const artifact = await writer.catalog.artifact(dataset.key, artifactId);
      if (!artifact) throw entityMissing("Artifact", artifactId);
      await writer.catalog.insertTag(dataset.key, tag, artifact.key);
    });
  } catch (thrown) {
    if (!hasStatus(thrown, "ALREADY_EXISTS")) throw thrown;
    throw new StatusError("ALREADY_EXISTS", `tag ${tag} already exists in its dataset`, [], thrown);
  }
}

/** Removes a tag with its artifact and the artifact's values; NOT_FOUND when there is no such dataset or tag. */
export async function evictTag(deps: CatalogDeps, datasetId: EntityId, tag: string): Promise<void> {
  const artifact = await deps.state.write(async (writer) => {
    const dataset = await requireDataset(writer, datasetId);
    const tagged = await writer.catalog.artifactByTag(dataset.key, tag);
    if (!tagged) throw entityMissing("Tag", tag);
    await writer.catalog.deleteArtifact(tagged.key);
    return tagged;
  });
  await deleteValues(deps, artifact.data);
}
