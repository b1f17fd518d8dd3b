import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { flyteidl } from "../idl/flyteidl.ts";
import type { Literal } from "../idl/types.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { inside, type OutputFile } from "./output-file.ts";
import type { Transfers } from "./transfers.ts";

const { MULTIPART, SINGLE } = flyteidl.core.BlobType.BlobDimensionality;

/** A blob of a file, or of all files of a directory at any depth, to be uploaded to `uri` or below it. Flyte: flytecopilot/data/upload.go handleBlobType. */
export async function uploadBlob(
  parts: { readonly blobs: BlobStore; readonly directory: string; readonly transfers: Transfers },
  file: OutputFile,
  uri: string,
): Promise<Literal> {
  const { blobs, directory, transfers } = parts;
  const upload = (from: string, to: string): void => transfers.add(async () => void (await blobs.put(to, createReadStream(from))));
  if (!file.stats.isDirectory()) {
    upload(file.path, uri);
    return blobOf(uri, SINGLE);
  }
  const entries = await readdir(file.path, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const own = path.join(entry.parentPath, entry.name);
    const found = await inside(directory, own);
    if (found.stats.isDirectory()) throw new Error(`[${own}] is a link to a directory: only links to files are followed`);
    upload(found.path, `${uri}/${path.relative(file.path, own).split(path.sep).join("/")}`);
  }
  return blobOf(uri, MULTIPART);
}

function blobOf(uri: string, dimensionality: flyteidl.core.BlobType.BlobDimensionality): Literal {
  return { scalar: { blob: { metadata: { type: { format: "", dimensionality } }, uri } } };
}
