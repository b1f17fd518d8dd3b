import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileBlobStore, openFileBlobStore } from "../../../src/stores/objects/file-blob-store.ts";
import { type S3Server, startS3Server } from "../../../src/stores/objects/s3-server.ts";
import { type Clock, systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";

export const credentials = { accessKey: "minio", secretKey: "miniostorage" };
export const bucket = "my-s3-bucket";

/** A file store in a directory of its own, removed at the end. */
export async function openedStore(clock: Clock = systemClock) {
  const directory = await mkdtemp(join(tmpdir(), "objects-"));
  const signer = { endpoint: "http://127.0.0.1:1", region: "us-east-1", ...credentials };
  const blobs: FileBlobStore = await openFileBlobStore({ directory, clock, random: systemRandom, buckets: [bucket], clientSigner: signer });
  return {
    directory,
    blobs,
    signer,
    base: `s3://${bucket}`,
    async [Symbol.asyncDispose]() {
      await blobs.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The same, served. */
export async function servedStore(clock: Clock = systemClock, extra: { origins?: string[]; hosts?: string[] } = {}) {
  const store = await openedStore(clock);
  const errors: unknown[] = [];
  const server: S3Server = await startS3Server({
    blobs: store.blobs,
    clock,
    random: systemRandom,
    host: "127.0.0.1",
    port: 0,
    credentials: [credentials],
    onError: (error) => errors.push(error),
    ...extra,
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  store.signer.endpoint = endpoint;
  return {
    ...store,
    server,
    endpoint,
    errors,
    async [Symbol.asyncDispose]() {
      await server.close();
      await store[Symbol.asyncDispose]();
    },
  };
}
