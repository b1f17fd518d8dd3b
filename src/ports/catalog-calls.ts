import type { EntityId } from "../idl/identifiers.ts";
import type { Reservation } from "./catalog.ts";

/** One value of an artifact: an encoded core.Literal. */
export interface Datum {
  readonly name: string;
  readonly value: Uint8Array;
}

export interface FoundArtifact {
  readonly artifactId: string;
  readonly data: readonly Datum[];
  /** Epoch milliseconds; undefined when the datacatalog does not say. */
  readonly createdAt: number | undefined;
  /** Encoded datacatalog.Metadata. */
  readonly metadata: Uint8Array;
  /** The artifact's first tag. */
  readonly tag: string | undefined;
  /** Of its dataset: encoded datacatalog.Metadata. */
  readonly datasetMetadata: Uint8Array;
}

/** What a cache of outputs asks of a datacatalog, in this process or behind a network. Errors are StatusErrors. */
export interface CatalogCalls {
  /** Undefined when there is no such dataset or tag. */
  find(datasetId: EntityId, tag: string): Promise<FoundArtifact | undefined>;
  /** ALREADY_EXISTS when it is there. */
  createDataset(datasetId: EntityId, metadata: Uint8Array): Promise<void>;
  /** `artifactId` is chosen by the caller. */
  createArtifact(datasetId: EntityId, artifactId: string, data: readonly Datum[], metadata: Uint8Array): Promise<void>;
  /** ALREADY_EXISTS when another artifact has the tag. */
  addTag(datasetId: EntityId, tag: string, artifactId: string): Promise<void>;
  /** Replaces what the tagged artifact holds and answers its id; NOT_FOUND when there is none. */
  updateArtifact(datasetId: EntityId, tag: string, data: readonly Datum[], metadata: Uint8Array): Promise<string>;
  /** As Catalog.reserve. */
  reserve(
    datasetId: EntityId,
    tag: string,
    ownerId: string,
    heartbeat: number | undefined,
    onRelease: (() => void) | undefined,
  ): Promise<Reservation>;
  release(datasetId: EntityId, tag: string, ownerId: string): Promise<void>;
}
