import { flyteidl } from "../../../idl/flyteidl.ts";
import { StatusError } from "../../../idl/status.ts";
import { toTimestamp } from "../../../idl/time.ts";
import type { ProtoDuration } from "../../../idl/types.ts";
import type { NodeExecutionRow } from "../../../ports/state-store.ts";
import { nodeExecutionText } from "../../events/event-refusals.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { validNodeExecutionId } from "../validate-identifier.ts";
import { linkSeconds } from "./link-expiry.ts";

const { ArtifactType } = flyteidl.service;

/** CreateDownloadLink: of a node's deck, there is nothing else. */
export async function createDownloadLink(
  deps: AdminDeps,
  request: flyteidl.service.CreateDownloadLinkRequest.$Properties,
): Promise<Uint8Array> {
  const type = request.artifactType ?? 0;
  if (type !== ArtifactType.ARTIFACT_TYPE_DECK) throw invalidArgument(`unsupported artifact type [${ArtifactType[type] ?? type}]`);
  if (request.nodeExecutionId == null) throw invalidArgument("unsupported source [<nil>]");
  const id = validNodeExecutionId(request.nodeExecutionId);
  const row = await deps.state.read.nodeExecutions.get(id);
  if (row === undefined) throw invalidArgument(`failed to find node execution [${nodeExecutionText(id)}]`);
  const urls = await deckLink(deps, row, request.expiresIn);
  return flyteidl.service.CreateDownloadLinkResponse.encode({
    signedUrl: urls.signedUrl,
    expiresAt: urls.expiresAt,
    preSignedUrls: urls,
  }).finish();
}

/** A signed URL of a node's deck; NOT_FOUND when it has none, or when that is gone. */
export async function deckLink(
  deps: AdminDeps,
  row: NodeExecutionRow,
  expiresIn: ProtoDuration | null | undefined,
): Promise<flyteidl.service.PreSignedURLs.$Properties> {
  const seconds = linkSeconds(expiresIn);
  const { deckUri } = flyteidl.admin.NodeExecutionClosure.decode(row.closure);
  if (deckUri === "") throw new StatusError("NOT_FOUND", `no deckUrl found for request [${nodeExecutionText(row.id)}]`);
  if ((await deps.blobs.head(deckUri)) === undefined) throw new StatusError("NOT_FOUND", "object not found");
  const signed = await deps.blobs.signDownload(deckUri, { expiresInSeconds: seconds });
  return { signedUrl: [signed.url], expiresAt: toTimestamp(signed.expiresAt) };
}

/** CreateDownloadLocation: a URL for any object. */
export async function createDownloadLocation(
  deps: AdminDeps,
  request: flyteidl.service.CreateDownloadLocationRequest.$Properties,
): Promise<Uint8Array> {
  if (!request.nativeUrl) throw missingField("native_url");
  const signed = await deps.blobs.signDownload(request.nativeUrl, { expiresInSeconds: linkSeconds(request.expiresIn) });
  return flyteidl.service.CreateDownloadLocationResponse.encode({
    signedUrl: signed.url,
    expiresAt: toTimestamp(signed.expiresAt),
  }).finish();
}
