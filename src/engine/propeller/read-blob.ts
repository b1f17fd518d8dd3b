import { StatusError } from "../../idl/status.ts";
import type { BlobStore } from "../../ports/blob-store.ts";

/** The whole object; RESOURCE_EXHAUSTED when it is larger than `limit` bytes, NOT_FOUND when absent. */
export async function readBlob(blobs: BlobStore, uri: string, limit: number): Promise<Uint8Array> {
  const { info, body } = await blobs.get(uri);
  if (info.size > limit) throw new StatusError("RESOURCE_EXHAUSTED", `${uri} has ${info.size} bytes, more than the ${limit} that are read`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > limit) throw new StatusError("RESOURCE_EXHAUSTED", `${uri} has more than the ${limit} bytes that are read`);
    parts.push(part);
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}
