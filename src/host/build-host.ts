import { mkdir } from "node:fs/promises";
import path from "node:path";
import { catalogOver } from "../engine/datacatalog/catalog.ts";
import { createEngine, type EngineDeps, type Role, roles as allRoles } from "../engine/engine.ts";
import { startGateway } from "../engine/gateway/start-gateway.ts";
import { sandboxSettings } from "../engine/settings.ts";
import { openLinks } from "../links/open-links.ts";
import { createContainerPlugin } from "../plugins/container/container-plugin.ts";
import { endpointVariables } from "../plugins/container/task-environment.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { ComputeBackend } from "../ports/compute-backend.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";
import { defaultBucket, defaultRegion } from "../stores/objects/default-credentials.ts";
import { type FileBlobStore, openFileBlobStore } from "../stores/objects/file-blob-store.ts";
import { startS3Server } from "../stores/objects/s3-server.ts";
import { openStores, type Stores } from "../stores/sql/open-stores.ts";
import { openCompute } from "./open-compute.ts";
import { ownHealth } from "./health.ts";
import type { ClusterConfig, HostConfig } from "./host-config.ts";
import type { Cluster } from "./open-cluster.ts";
import { logPath, logRoute } from "./log-route.ts";

export interface Host {
  /** Begins, behind what it does already, to warm the interpreter of tasks. */
  warmUp(): Promise<void>;
  /** Answers what is in flight, finishes the rounds under way, ends the attempts that run, and closes everything. */
  stop(): Promise<void>;
}

const drainMs = 5_000;
const host = "127.0.0.1";
const clock = systemClock;
const random = systemRandom;

/**
 * The embedded sandbox in this process, or some of its parts: tables in SQLite or Postgres, objects in files, tasks as
 * processes. Resolves when all ports answer. FlyteErrors name a taken port or a database that cannot be opened.
 */
export async function buildHost(config: HostConfig, logger: Logger): Promise<Host> {
  const publicUrl = `http://localhost:${config.adminPorts[0]}`;
  const roles = config.roles ?? allRoles;
  const runs = (role: Role): boolean => roles.includes(role);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });

  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  try {
    const stores = await openTables(config, runs("propeller"));
    closing.push(() => stores.close());
    const blobs = await openObjects(config);
    closing.push(() => blobs.close());
    if (runs("admin")) {
      const s3 = await serveObjects(config, blobs, logger);
      closing.push(() => s3.close());
    }
    const local = runs("propeller") && config.kubernetes === undefined;
    const compute = local ? await openCompute(config, logger, async (uri) => (await blobs.get(uri)).body) : undefined;
    if (compute) closing.push(() => compute.close());
    const cluster = config.kubernetes && runs("propeller") ? await clusterOf(config.kubernetes, logger) : undefined;
    if (cluster) closing.push(() => cluster.close());
    const links = linksOf(config, runs);
    if (links) closing.push(() => links.close());
    const settings = {
      ...sandboxSettings,
      publicUrl,
      reevaluationInterval: config.reevaluationInterval ?? sandboxSettings.reevaluationInterval,
      maxCacheAge: config.maxCacheAge ?? sandboxSettings.maxCacheAge,
    };
    const engine = createEngine({
      ...stores,
      blobs,
      plugins: compute
        ? pluginsOver(config, compute, blobs)
        : (pluginHost) => cluster?.plugins(pluginHost, blobs, podEnvironment(config)) ?? [],
      clock,
      random,
      settings,
      version: config.version,
      // The directory or the name is locked, so whoever claimed before is gone: the same name takes its workflows up at once.
      owner: ownerOf(config),
      logger,
      roles,
      ...(links && { links: { events: links.events, catalog: catalogOver(links.catalogCalls, { clock, random, settings }) } }),
    });
    const gateway = await startGateway({
      services: engine.services,
      ports: config.adminPorts,
      host,
      health: ownHealth,
      allowedOrigins: config.allowedOrigins,
      allowedHosts: [],
      routes: compute ? [logRoute(compute)] : [],
      logger,
      clock,
      random,
      version: config.version,
    });
    closing.push(() => gateway.close());
    await engine.start();
    closing.push(async () => {
      const ended = (await compute?.endAll()) ?? 0;
      if (ended > 0) logger.info("ended the attempts that ran; they are tried again at the next start", { attempts: ended });
    });
    closing.push(() => engine.stop());
    closing.push(() => gateway.drain(drainMs));
    return { stop: close, warmUp: async () => compute?.warmUp() };
  } catch (error) {
    await close();
    throw error;
  }
}

const ownerOf = (config: HostConfig): string => config.owner ?? "embedded";
const objectEndpoint = (config: HostConfig): string => `http://localhost:${config.blobPort}`;

function openTables(config: HostConfig, holds: boolean): Promise<Stores> {
  if (config.database === undefined) return openStores({ path: path.join(config.dataDir, "flyte.db"), clock });
  return openStores({ postgres: config.database, clock, ...(holds ? { holder: ownerOf(config) } : {}) });
}

function openObjects(config: HostConfig): Promise<FileBlobStore> {
  const clientSigner = { endpoint: objectEndpoint(config), ...config.credentials, region: defaultRegion };
  const directory = config.objectsDir ?? path.join(config.dataDir, "objects");
  return openFileBlobStore({ directory, clock, random, buckets: [defaultBucket], clientSigner });
}

function serveObjects(config: HostConfig, blobs: FileBlobStore, logger: Logger): ReturnType<typeof startS3Server> {
  return startS3Server({
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
}

/** Undefined when propeller has all it needs here, or does not run here. */
function linksOf(config: HostConfig, runs: (role: Role) => boolean): ReturnType<typeof openLinks> | undefined {
  if (!runs("propeller") || (runs("admin") && runs("datacatalog"))) return undefined;
  if (!config.links) throw new Error("propeller apart from admin or the datacatalog needs their addresses");
  return openLinks({ ...config.links, clock, random });
}

/** Loaded only where it is asked for. */
async function clusterOf(config: ClusterConfig, logger: Logger): Promise<Cluster> {
  return (await import("./open-cluster.ts")).openCluster(config, logger);
}

function podEnvironment({ kubernetes, credentials }: HostConfig): Record<string, string> {
  const { admin = "", objects = "" } = kubernetes?.endpoints ?? {};
  return endpointVariables({ adminEndpoint: admin, blobEndpoint: objects, ...credentials, region: defaultRegion });
}

function pluginsOver(config: HostConfig, compute: ComputeBackend, blobs: BlobStore): EngineDeps["plugins"] {
  const own = `localhost:${config.adminPorts[0]}`;
  const adminEndpoint = config.links?.admin ?? own;
  const tasks = { adminEndpoint, blobEndpoint: objectEndpoint(config), ...config.credentials, region: defaultRegion };
  return (pluginHost) => [
    createContainerPlugin({
      host: pluginHost,
      compute,
      blobs,
      endpoints: { tasks },
      logUrl: (generatedName) => `http://${own}${logPath(generatedName)}`,
      defaultEnv: {},
    }),
  ];
}
