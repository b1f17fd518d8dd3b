import { flyteidl } from "../idl/flyteidl.ts";
import type { BlobStore } from "../ports/blob-store.ts";

/** Writes what failed as an attempt's error document, as one that another try may mend. Flyte: flytecopilot/cmd/root.go UploadError. */
export async function putError(blobs: BlobStore, uri: string, code: string, message: string): Promise<void> {
  const kind = flyteidl.core.ContainerError.Kind.RECOVERABLE;
  await blobs.put(uri, flyteidl.core.ErrorDocument.encode({ error: { code, message, kind } }).finish());
}
