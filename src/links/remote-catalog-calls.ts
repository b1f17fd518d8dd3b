import type { FlyteClient } from "../client/connect.ts";
import { datacatalog, flyteidl } from "../idl/flyteidl.ts";
import type { EntityId } from "../idl/identifiers.ts";
import { hasStatus } from "../idl/status.ts";
import { fromDuration, fromTimestamp, toDuration } from "../idl/time.ts";
import type { CatalogCalls, Datum } from "../ports/catalog-calls.ts";
import { call } from "./call.ts";

const d = datacatalog;
const service = "datacatalog.DataCatalog";
/** Of a catalog that does not tell: the longest that Flyte's grants. */
const usualHeartbeat = 10_000;

/** A datacatalog behind a network, ours or Flyte's. */
export function remoteCatalogCalls(client: FlyteClient): CatalogCalls {
  return {
    async find(datasetId, tag) {
      const dataset = datasetOf(datasetId);
      const found = await unlessMissing(() =>
        call(client, service, "GetDataset", [d.GetDatasetRequest, d.GetDatasetResponse], { dataset }),
      );
      if (found?.dataset == null) return undefined;
      const reply = await unlessMissing(() =>
        call(client, service, "GetArtifact", [d.GetArtifactRequest, d.GetArtifactResponse], { dataset, tagName: tag }),
      );
      const artifact = reply?.artifact;
      if (artifact == null) return undefined;
      return {
        artifactId: artifact.id ?? "",
        data: (artifact.data ?? []).map(({ name, value }) => ({
          name: name ?? "",
          value: flyteidl.core.Literal.encode(value ?? {}).finish(),
        })),
        createdAt: fromTimestamp(artifact.createdAt),
        metadata: d.Metadata.encode(artifact.metadata ?? {}).finish(),
        tag: artifact.tags?.[0]?.name ?? undefined,
        datasetMetadata: d.Metadata.encode(found.dataset.metadata ?? {}).finish(),
      };
    },
    async createDataset(datasetId, metadata) {
      const dataset = { id: datasetOf(datasetId), metadata: d.Metadata.decode(metadata) };
      await call(client, service, "CreateDataset", [d.CreateDatasetRequest, d.CreateDatasetResponse], { dataset });
    },
    async createArtifact(datasetId, artifactId, data, metadata) {
      const artifact = { id: artifactId, dataset: datasetOf(datasetId), data: dataOf(data), metadata: d.Metadata.decode(metadata) };
      await call(client, service, "CreateArtifact", [d.CreateArtifactRequest, d.CreateArtifactResponse], { artifact });
    },
    async addTag(datasetId, tag, artifactId) {
      const added = { name: tag, artifactId, dataset: datasetOf(datasetId) };
      await call(client, service, "AddTag", [d.AddTagRequest, d.AddTagResponse], { tag: added });
    },
    async updateArtifact(datasetId, tag, data, metadata) {
      const request = { dataset: datasetOf(datasetId), tagName: tag, data: dataOf(data), metadata: d.Metadata.decode(metadata) };
      const reply = await call(client, service, "UpdateArtifact", [d.UpdateArtifactRequest, d.UpdateArtifactResponse], request);
      return reply.artifactId ?? "";
    },
    async reserve(datasetId, tag, ownerId, heartbeat) {
      const request = {
        reservationId: { datasetId: datasetOf(datasetId), tagName: tag },
        ownerId,
        ...(heartbeat !== undefined && { heartbeatInterval: toDuration(heartbeat) }),
      };
      const types = [d.GetOrExtendReservationRequest, d.GetOrExtendReservationResponse] as const;
      const { reservation } = await call(client, service, "GetOrExtendReservation", types, request);
      return {
        ownerId: reservation?.ownerId ?? "",
        expiresAt: fromTimestamp(reservation?.expiresAt) ?? Infinity,
        heartbeat: fromDuration(reservation?.heartbeatInterval) || heartbeat || usualHeartbeat,
      };
    },
    async release(datasetId, tag, ownerId) {
      const request = { reservationId: { datasetId: datasetOf(datasetId), tagName: tag }, ownerId };
      await call(client, service, "ReleaseReservation", [d.ReleaseReservationRequest, d.ReleaseReservationResponse], request);
    },
  };
}

const datasetOf = ({ project, domain, name, version }: EntityId): datacatalog.DatasetID.$Properties => ({ project, domain, name, version });
const dataOf = (data: readonly Datum[]): datacatalog.ArtifactData.$Properties[] =>
  data.map(({ name, value }) => ({ name, value: flyteidl.core.Literal.decode(value) }));

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (thrown) {
    if (hasStatus(thrown, "NOT_FOUND")) return undefined;
    throw thrown;
  }
}
