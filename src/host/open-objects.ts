import path from "node:path";
import type { BlobStore } from "../ports/blob-store.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";
import { defaultBucket, defaultRegion } from "../stores/objects/default-credentials.ts";
import { openFileBlobStore } from "../stores/objects/file-blob-store.ts";
import { type S3ServerOptions, startS3Server } from "../stores/objects/s3-server.ts";
import { signedFor } from "../stores/objects/signed-for.ts";
import { openS3BlobStore } from "../stores/s3/s3-blob-store.ts";
import type { FilesConfig, HostConfig, S3Config } from "./host-config.ts";
import type { TaskKeys } from "./task-keys.ts";

export interface OpenedObjects {
  readonly blobs: BlobStore;
  /** What tasks are told of the store. */
  readonly tasks: { readonly blobEndpoint: string; readonly accessKey: string; readonly secretKey: string; readonly region: string };
  /** What signs URLs for tasks, where they reach it at an address of their own. */
  readonly signedForTasks?: BlobStore;
  close(): Promise<void>;
}

/** A listener for tasks alone, and their own keys to it. */
export interface TaskDoor extends TaskKeys {
  /** The only address it is bound to. */
  readonly bind: string;
  /** What tasks call it. */
  readonly host: string;
  readonly port: number;
}

const clock = systemClock;
const random = systemRandom;

/** The object store that `config` names; files are served on their port when `serve` says so, and to tasks at their `door`. FlyteError when a port is taken. */
export function openObjects(config: HostConfig, serve: boolean, door: TaskDoor | undefined, logger: Logger): Promise<OpenedObjects> {
  return config.objects.store === "s3" ? openS3(config.objects) : openFiles(config, config.objects, serve, door, logger);
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

async function openFiles(
  config: HostConfig,
  objects: FilesConfig,
  serve: boolean,
  door: TaskDoor | undefined,
  logger: Logger,
): Promise<OpenedObjects> {
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
  const closing = [(): Promise<void> => blobs.close()];
  const close = async (): Promise<void> => {
    for (const one of closing.toReversed()) await one();
  };
  const listenOn = async (at: Pick<S3ServerOptions, "host" | "port" | "credentials" | "hosts" | "origins">): Promise<void> => {
    const onError = (error: unknown): void => logger.error("the object store failed", { error });
    const server = await startS3Server({ blobs, ...at, clock, random, onError });
    closing.push(() => server.close());
  };
  try {
    if (serve) {
      // Pages of the console may use signed URLs.
      const origins = [...config.ports.map((own) => `http://localhost:${own}`), ...(config.allowedOrigins ?? [])];
      await listenOn({ host: "127.0.0.1", port, credentials: [{ accessKey, secretKey }], origins });
    }
    if (!door) return { blobs, tasks: { ...keys, blobEndpoint: endpoint }, close };
    const tasks = { accessKey: door.accessKey, secretKey: door.secretKey, region: defaultRegion };
    await listenOn({ host: door.bind, port: door.port, credentials: [tasks], hosts: [door.host] });
    const blobEndpoint = `http://${door.host}:${door.port}`;
    return {
      blobs,
      tasks: { ...tasks, blobEndpoint },
      signedForTasks: signedFor(blobs, { endpoint: blobEndpoint, ...tasks }, clock),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
