import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createEngine } from "../engine/engine.ts";
import { startGateway } from "../engine/gateway/start-gateway.ts";
import { sandboxSettings } from "../engine/settings.ts";
import { createContainerPlugin } from "../plugins/container/container-plugin.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";
import { defaultBucket, defaultRegion } from "../stores/objects/default-credentials.ts";
import { openFileBlobStore } from "../stores/objects/file-blob-store.ts";
import { startS3Server } from "../stores/objects/s3-server.ts";
import { openStores } from "../stores/sql/open-stores.ts";
import { openCompute } from "./open-compute.ts";
import { ownHealth } from "./health.ts";
import type { HostConfig } from "./host-config.ts";
import { logPath, logRoute } from "./log-route.ts";

export interface Host {
  /** Begins, behind what it does already, to warm the interpreter of tasks. */
  warmUp(): Promise<void>;
  /** Answers what is in flight, finishes the rounds under way, ends the attempts that run, and closes everything. */
  stop(): Promise<void>;
}

const drainMs = 5_000;
const host = "127.0.0.1";

/**
 * The embedded sandbox in this process: tables in SQLite, objects in files, tasks as processes. Resolves when all ports
 * answer. FlyteErrors name a taken port or a database that cannot be opened.
 */
export async function buildHost(config: HostConfig, logger: Logger): Promise<Host> {
  const clock = systemClock;
  const random = systemRandom;
  const at = (name: string): string => path.join(config.dataDir, name);
  const blobEndpoint = `http://localhost:${config.blobPort}`;
  const publicUrl = `http://localhost:${config.adminPorts[0]}`;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });

  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  try {
    const stores = await openStores({ path: at("flyte.db"), clock });
    closing.push(() => stores.close());
    const clientSigner = { endpoint: blobEndpoint, ...config.credentials, region: defaultRegion };
    const blobs = await openFileBlobStore({ directory: at("objects"), clock, random, buckets: [defaultBucket], clientSigner });
    closing.push(() => blobs.close());
    const s3 = await startS3Server({
      blobs,
      host,
      port: config.blobPort,
      credentials: [config.credentials],
      // Pages of the console may use signed URLs.
      origins: [...config.adminPorts.map((port) => `http://localhost:${port}`), ...config.allowedOrigins],
      clock,
      random,
      onError: (error) => logger.error("the object store failed", { error }),
    });
    closing.push(() => s3.close());
    const compute = await openCompute(config, logger, async (uri) => (await blobs.get(uri)).body);
    closing.push(() => compute.close());
    const engine = createEngine({
      ...stores,
      blobs,
      plugins: (pluginHost) => [
        createContainerPlugin({
          host: pluginHost,
          compute,
          blobs,
          endpoints: {
            tasks: { adminEndpoint: `localhost:${config.adminPorts[0]}`, blobEndpoint, ...config.credentials, region: defaultRegion },
          },
          logUrl: (generatedName) => `${publicUrl}${logPath(generatedName)}`,
          defaultEnv: {},
        }),
      ],
      clock,
      random,
      settings: {
        ...sandboxSettings,
        publicUrl,
        reevaluationInterval: config.reevaluationInterval ?? sandboxSettings.reevaluationInterval,
      },
      version: config.version,
      // The directory is locked, so whoever claimed before is gone: the same name takes its workflows up at once.
      owner: "embedded",
      logger,
    });
    const gateway = await startGateway({
      services: engine.services,
      ports: config.adminPorts,
      host,
      health: ownHealth,
      allowedOrigins: config.allowedOrigins,
      allowedHosts: [],
      routes: [logRoute(compute)],
      logger,
      clock,
      random,
      version: config.version,
    });
    closing.push(() => gateway.close());
    await engine.start();
    closing.push(async () => {
      const ended = await compute.endAll();
      if (ended > 0) logger.info("ended the attempts that ran; they are tried again at the next start", { attempts: ended });
    });
    closing.push(() => engine.stop());
    closing.push(() => gateway.drain(drainMs));
    return { stop: close, warmUp: () => compute.warmUp() };
  } catch (error) {
    await close();
    throw error;
  }
}
