import type { EntityId, TaskExecutionId } from "../idl/identifiers.ts";
import type { LiteralMap, TypedInterface } from "../idl/types.ts";

/** What an artifact is found by. The implementation makes dataset, version and tag of it. */
export interface CatalogKey {
  readonly task: EntityId;
  readonly cacheVersion: string;
  readonly interface: TypedInterface;
  readonly inputs: LiteralMap;
  readonly ignoredInputs: readonly string[];
}

export interface CatalogHit {
  readonly outputs: LiteralMap;
  readonly artifactId: string;
  readonly datasetId: EntityId;
  readonly tag: string;
  /** Absent when the artifact does not say. */
  readonly source: TaskExecutionId | undefined;
}

/** Where outputs of cached tasks are kept. */
export interface Catalog {
  /** Undefined for a miss. Other failures reject and the round is tried again: they never become a miss. */
  get(key: CatalogKey): Promise<CatalogHit | undefined>;
  /** `overwrite` replaces; else the first writer keeps the tag. */
  put(
    key: CatalogKey,
    outputs: LiteralMap,
    producer: TaskExecutionId,
    options: { readonly overwrite: boolean },
  ): Promise<{ readonly datasetId: EntityId; readonly artifactId: string; readonly tag: string }>;
}
