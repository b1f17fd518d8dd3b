import { datacatalog } from "../../idl/flyteidl.ts";
import { entityIdOf } from "../../idl/identifiers.ts";
import { fromDuration, toDuration } from "../../idl/time.ts";
import { bytesField, subMessage, subMessages } from "../../idl/wire.ts";
import { emptyReply, listReply, textField, timestampOfRow } from "../admin/reply.ts";
import type { Datum } from "../../ports/catalog-calls.ts";
import type { CallContext, ServiceHandlers } from "../service.ts";
import { readValues } from "./artifact-values.ts";
import { createArtifact, getArtifact, updateArtifact, type ArtifactHandle } from "./artifacts.ts";
import type { CatalogDeps } from "./catalog-deps.ts";
import { artifactBytes, datasetBytes } from "./catalog-messages.ts";
import { createDataset, datasetIdOf, requireDataset } from "./datasets.ts";
import { artifactFilter, datasetFilter } from "./list-filters.ts";
import { nextToken, pageOf } from "./list-page.ts";
import { missing, required } from "./refusals.ts";
import { getOrExtendReservation, releaseReservation, type ReservationKey } from "./reservations.ts";
import { addTag } from "./tags.ts";

/** gRPC's clients take 4 MiB unless told otherwise; a page ends before, and the token leads on. */
const mostBytes = (4 << 20) - (64 << 10);

/** Flyte's DataCatalog: datasets, artifacts with their values in the blob store, tags, and reservations. */
export function createDataCatalogService(deps: CatalogDeps): ServiceHandlers {
  const { read } = deps.state;
  return {
    service: "datacatalog.DataCatalog",
    unary: {
      async CreateDataset(request: datacatalog.CreateDatasetRequest, { requestBytes }: CallContext) {
        if (request.dataset == null) throw missing("dataset");
        const metadata = subMessage(requestBytes, [1, 2]) ?? emptyReply;
        await createDataset(deps, datasetIdOf(request.dataset.id), metadata, request.dataset.partitionKeys ?? []);
        return emptyReply;
      },
      async GetDataset(request: datacatalog.GetDatasetRequest) {
        return bytesField(1, datasetBytes(await requireDataset(read, datasetIdOf(request.dataset))));
      },
      async CreateArtifact(request: datacatalog.CreateArtifactRequest, { requestBytes }: CallContext) {
        const { artifact } = request;
        if (artifact == null) throw missing("artifact");
        await createArtifact(deps, {
          datasetId: datasetIdOf(artifact.dataset),
          artifactId: required("artifactID", artifact.id),
          data: dataOf(artifact.data, subMessage(requestBytes, [1]) ?? emptyReply, 3),
          metadata: subMessage(requestBytes, [1, 4]) ?? emptyReply,
          partitions: (artifact.partitions ?? []).map(({ key, value }) => [key ?? "", value ?? ""] as const),
        });
        return emptyReply;
      },
      async GetArtifact(request: datacatalog.GetArtifactRequest) {
        const { artifact, dataset, data } = await getArtifact(deps, handleOf(request));
        return bytesField(1, artifactBytes(dataset, artifact, data, await read.catalog.tags(artifact.key)));
      },
      async AddTag({ tag }: datacatalog.AddTagRequest) {
        if (tag == null) throw missing("tag");
        await addTag(deps, datasetIdOf(tag.dataset), required("tagName", tag.name), required("artifactID", tag.artifactId));
        return emptyReply;
      },
      async ListArtifacts(request: datacatalog.ListArtifactsRequest) {
        const page = pageOf(request.pagination);
        const filter = artifactFilter(request.filter);
        const dataset = await requireDataset(read, datasetIdOf(request.dataset));
        const rows = page.limit === 0 ? [] : await read.catalog.listArtifacts(dataset.key, filter, page);
        const items: Uint8Array[] = [];
        let taken = 0;
        let size = 0;
        for (const row of rows) {
          const data = await readValues(deps, row);
          const item = data && artifactBytes(dataset, row, data, await read.catalog.tags(row.key));
          // One that is larger by itself comes alone.
          if (item && items.length > 0 && size + item.length > mostBytes) break;
          taken++;
          if (item) items.push(item);
          size += item?.length ?? 0;
        }
        return listReply(items, nextToken(page, taken));
      },
      async ListDatasets(request: datacatalog.ListDatasetsRequest) {
        const page = pageOf(request.pagination);
        const filter = datasetFilter(request.filter);
        const rows = page.limit === 0 || filter === undefined ? [] : await read.catalog.listDatasets(filter, page);
        return listReply(rows.map(datasetBytes), nextToken(page, rows.length));
      },
      async UpdateArtifact(request: datacatalog.UpdateArtifactRequest, { requestBytes }: CallContext) {
        const metadata = subMessage(requestBytes, [5]) ?? emptyReply;
        return textField(1, await updateArtifact(deps, handleOf(request), dataOf(request.data, requestBytes, 4), metadata));
      },
      async GetOrExtendReservation(request: datacatalog.GetOrExtendReservationRequest) {
        const { ownerId, expiresAt, heartbeat } = await getOrExtendReservation(
          deps,
          reservationKeyOf(request.reservationId),
          request.ownerId ?? "",
          fromDuration(request.heartbeatInterval),
        );
        const { reservationId } = request;
        const reservation = { reservationId, ownerId, heartbeatInterval: toDuration(heartbeat), expiresAt: timestampOfRow(expiresAt) };
        return datacatalog.GetOrExtendReservationResponse.encode({ reservation }).finish();
      },
      async ReleaseReservation(request: datacatalog.ReleaseReservationRequest) {
        await releaseReservation(deps, reservationKeyOf(request.reservationId), request.ownerId ?? "");
        return emptyReply;
      },
    },
  };
}

function handleOf(request: datacatalog.GetArtifactRequest.$Properties): ArtifactHandle {
  if (request.artifactId != null) {
    return {
      artifactId: required("artifactID", request.artifactId),
      datasetId: request.dataset == null ? undefined : datasetIdOf(request.dataset),
    };
  }
  if (request.tagName != null) return { tag: required("tagName", request.tagName), datasetId: datasetIdOf(request.dataset) };
  throw missing("one of artifactID/tagName");
}

/** Names as decoded, values as the bytes that came; `parent` holds the data as field `number`. */
function dataOf(
  data: readonly datacatalog.ArtifactData.$Properties[] | null | undefined,
  parent: Uint8Array,
  number: number,
): readonly Datum[] {
  const items = subMessages(parent, number);
  return (data ?? []).map(({ name }, index) => {
    const value = subMessage(items[index] ?? emptyReply, [2]);
    if (value === undefined) throw missing("artifactData value");
    return { name: name ?? "", value };
  });
}

function reservationKeyOf(id: datacatalog.ReservationID.$Properties | null | undefined): ReservationKey {
  const { project, domain, name, version } = id?.datasetId ?? {};
  return { datasetId: entityIdOf({ project, domain, name, version }), tag: id?.tagName ?? "" };
}
