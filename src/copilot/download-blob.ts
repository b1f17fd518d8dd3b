import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { hasStatus } from "../idl/status.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { nameWithin } from "./name-within.ts";
import type { Transfers } from "./transfers.ts";

interface Sources {
  readonly blobs: BlobStore;
  readonly signal: AbortSignal;
}

const isWebAddress = (uri: string): boolean => /^https?:\/\//.test(uri);

/** One object, or what a web address answers with, as the file `to`. */
export async function downloadFile({ blobs, signal }: Sources, uri: string, to: string): Promise<void> {
  const body = isWebAddress(uri) ? await bodyOf(uri, signal) : await objectAt(blobs, uri);
  await pipeline(body, createWriteStream(to), { signal });
}

/** All objects below `uri`, at any depth, as files of the directory `to`. One without objects is an empty directory. */
export async function downloadDirectory(sources: Sources & { readonly transfers: Transfers }, uri: string, to: string): Promise<void> {
  if (isWebAddress(uri)) throw new Error(`[${uri}] is an address of the web, of which no directory can be listed`);
  await mkdir(to, { recursive: true });
  const prefix = `${uri.replace(/\/+$/, "")}/`;
  let startAfter: string | undefined;
  do {
    sources.signal.throwIfAborted();
    const page = await sources.blobs.list(prefix, startAfter === undefined ? {} : { startAfter });
    for (const item of page.items) {
      const parts = item.uri.slice(prefix.length).split("/");
      // A key that ends with a slash stands for a directory.
      const isDirectory = parts.at(-1) === "";
      if (isDirectory) parts.pop();
      const file = parts.reduce(nameWithin, to);
      await mkdir(isDirectory ? file : path.dirname(file), { recursive: true });
      if (!isDirectory) sources.transfers.add(() => downloadFile(sources, item.uri, file));
    }
    startAfter = page.next;
  } while (startAfter !== undefined);
}

async function objectAt(blobs: BlobStore, uri: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await blobs.get(uri)).body;
  } catch (thrown) {
    if (hasStatus(thrown, "NOT_FOUND")) throw new Error("incorrect blob reference, does not exist", { cause: thrown });
    throw thrown;
  }
}

async function bodyOf(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body) throw new Error(`Failed to download from url :${url}: it answered ${response.status}`);
  return response.body;
}
