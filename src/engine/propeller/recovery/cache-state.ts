import { entityIdOf, taskExecutionIdOf } from "../../../idl/identifiers.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import type { CacheState } from "../state.ts";

/** What admin knows of a node's cache, as propeller keeps it. */
export function cacheStateOf(metadata: flyteidl.admin.TaskNodeMetadata.$Properties | null | undefined): CacheState | undefined {
  if (metadata == null) return undefined;
  const { CatalogCacheStatus } = flyteidl.core;
  const status = (Object.keys(CatalogCacheStatus) as (keyof typeof CatalogCacheStatus)[]).find(
    (name) => CatalogCacheStatus[name] === (metadata.cacheStatus ?? 0),
  );
  const { datasetId, artifactTag, sourceTaskExecution } = metadata.catalogKey ?? {};
  return {
    status: status ?? "CACHE_DISABLED",
    ...(datasetId != null && {
      datasetId: entityIdOf(datasetId),
      artifactId: artifactTag?.artifactId ?? "",
      tag: artifactTag?.name ?? "",
      ...(sourceTaskExecution != null && { source: taskExecutionIdOf(sourceTaskExecution) }),
    }),
  };
}
