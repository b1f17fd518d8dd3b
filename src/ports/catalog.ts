import type { CatalogKey } from "../idl/cache-key.ts";
import type { EntityId, TaskExecutionId } from "../idl/identifiers.ts";
import type { LiteralMap } from "../idl/types.ts";

// The implementation makes dataset, version and tag of it: idl/cache-key.ts.
export type { CatalogKey };

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
