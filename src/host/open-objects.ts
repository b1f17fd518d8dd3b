import path from "node:path";
import type { BlobStore } from "../ports/blob-store.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";
import { defaultBucket, defaultRegion } from "../stores/objects/default-credentials.ts";
import { openFileBlobStore } from "../stores/objects/file-blob-store.ts";
import { startS3Server } from "../stores/objects/s3-server.ts";
import { openS3BlobStore } from "../stores/s3/s3-blob-store.ts";
import type { FilesConfig, HostConfig, S3Config } from "./host-config.ts";

export interface OpenedObjects {
  readonly blobs: BlobStore;
  /** What tasks are told of the store. */
  readonly tasks: { readonly blobEndpoint: string; readonly accessKey: string; readonly secretKey: string; readonly region: string };
  close(): Promise<void>;
}

const clock = systemClock;
const random = systemRandom;

/** The object store that `config` names; files are served on their port when `serve` says so. FlyteError when that is taken. */
export function openObjects(config: HostConfig, serve: boolean, logger: Logger): Promise<OpenedObjects> {
  return config.objects.store === "s3" ? openS3(config.objects) : openFiles(config, config.objects, serve, logger);
}

async function openS3(config: S3Config): Promise<OpenedObjects> {
  const { endpoint, clientEndpoint, taskEndpoint, region = defaultRegion, accessKey, secretKey } = config;
  const keys = { accessKey, secretKey, region };
  const blobs = await openS3BlobStore({
    ...keys,
    ...(endpoint !== undefined && { endpoint }),
    ...(clientEndpoint !== undefined && { clientEndpoint }),
    clock,
  });
  const blobEndpoint = taskEndpoint ?? endpoint ?? `https://s3.${region}.amazonaws.com`;
  return { blobs, tasks: { ...keys, blobEndpoint }, close: () => blobs.close() };
}

async function openFiles(config: HostConfig, objects: FilesConfig, serve: boolean, logger: Logger): Promise<OpenedObjects> {
  const { accessKey, secretKey, port } = objects;
  const endpoint = `http://localhost:${port}`;
  const keys = { accessKey, secretKey, region: defaultRegion };
  const blobs = await openFileBlobStore({
    directory: objects.directory ?? path.join(config.dataDir, "objects"),
    clock,
    random,
    buckets: [defaultBucket],
    clientSigner: { endpoint, ...keys },
  });
  const opened = { blobs, tasks: { ...keys, blobEndpoint: endpoint }, close: () => blobs.close() };
  if (!serve) return opened;
  try {
    const server = await startS3Server({
      blobs,
      host: "127.0.0.1",
      port,
      credentials: [{ accessKey, secretKey }],
      // Pages of the console may use signed URLs.
      origins: [...config.ports.map((own) => `http://localhost:${own}`), ...(config.allowedOrigins ?? [])],
      clock,
      random,
      onError: (error) => logger.error("the object store failed", { error }),
    });
    return {
      ...opened,
      async close() {
        await server.close();
        await blobs.close();
      },
    };
  } catch (error) {
    await blobs.close();
    throw error;
  }
}
