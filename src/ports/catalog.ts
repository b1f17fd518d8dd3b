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

/** Who holds a key now. */
export interface Reservation {
  readonly ownerId: string;
  /** Epoch milliseconds, after which anyone may take it. */
  readonly expiresAt: number;
  /** Milliseconds: how often its owner is to extend it. */
  readonly heartbeat: number;
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
  /**
   * Takes or extends the right to make the outputs of a key, for `ownerId`, unless somebody else holds it; answers who does.
   * `heartbeat` (milliseconds): how often its owner means to extend it. When another holds it, `onRelease` is called once as
   * it is given up, where that is known in this process; it expires without a word.
   */
  reserve(key: CatalogKey, ownerId: string, heartbeat: number | undefined, onRelease?: () => void): Promise<Reservation>;
  /** Gives up what `ownerId` holds of a key, or waits for; nothing happens when that is nothing. */
  release(key: CatalogKey, ownerId: string): Promise<void>;
}
