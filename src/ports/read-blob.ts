import { StatusError } from "../idl/status.ts";
import type { BlobStore } from "./blob-store.ts";

/** The whole object in memory. Throws RESOURCE_EXHAUSTED when it is larger than `limit` bytes, NOT_FOUND when absent. */
export async function readBlob(blobs: BlobStore, uri: string, limit: number): Promise<Uint8Array> {
  const { info, body } = await blobs.get(uri);
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Also when the size is known to be too large the loop is entered: leaving it lets go of what the body holds.
  for await (const piece of body) {
    size += piece.length;
    if (info.size > limit || size > limit) {
      throw new StatusError("RESOURCE_EXHAUSTED", `${uri} has ${Math.max(info.size, size)} bytes, more than the ${limit} allowed`);
    }
    pieces.push(piece);
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size);
}
