import { mkdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { catalogOver } from "../engine/datacatalog/catalog.ts";
import { createEngine, type Role, roles as allRoles } from "../engine/engine.ts";
import type { GatewayOptions } from "../engine/gateway/gateway-options.ts";
import { type Gateway, startGateway } from "../engine/gateway/start-gateway.ts";
import { openLinks } from "../links/open-links.ts";
import { createContainerPlugin } from "../plugins/container/container-plugin.ts";
import { endpointVariables } from "../plugins/container/task-environment.ts";
import type { LoadedPlugins } from "../plugins/external/load-plugin-modules.ts";
import { createSleepPlugin } from "../plugins/sleep/sleep-plugin.ts";
import type { ComputeBackend } from "../ports/compute-backend.ts";
import { dataTimeout } from "../plugins/machinery/data-paths.ts";
import type { PluginHost, TaskPlugin } from "../ports/task-plugin.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { postgresPlace } from "../std/postgres-url.ts";
import { systemRandom } from "../std/random.ts";
import { openStores, type Stores } from "../stores/sql/open-stores.ts";
import { containerDataOver } from "./container-data-over.ts";
import { ownHealth } from "./health.ts";
import type { ClusterConfig, DockerConfig, HostConfig } from "./host-config.ts";
import { keepLeases } from "./keep-leases.ts";
import type { Cluster } from "./open-cluster.ts";
import { attemptLogs } from "./attempt-logs.ts";
import { logPath, logRoute } from "./log-route.ts";
import { openConnectors } from "./open-connectors.ts";
import { openCompute } from "./open-compute.ts";
import type { OpenedDocker } from "./open-docker.ts";
import { openObjects, type OpenedObjects } from "./open-objects.ts";
import { propellerUrlOf, publicUrlOf, settingsOf } from "./settings-of.ts";
import { taskKeys } from "./task-keys.ts";

export interface Host {
  /** Begins, behind what it does already, to warm the interpreter of tasks. */
  warmUp(): Promise<void>;
  /** Answers what is in flight, finishes the rounds under way, ends the attempts that run, and closes everything. */
  stop(): Promise<void>;
}

const drainMs = 5_000;
const loopback = "127.0.0.1";
const clock = systemClock;
const random = systemRandom;

/**
 * A whole engine in this process, or some of its parts: tables in SQLite or Postgres, objects in files or S3, tasks as
 * processes, containers or pods. Resolves when all ports answer; `signal` ends the wait for a database. FlyteErrors name a taken port
 * or a database that cannot be opened.
 */
export async function buildHost(config: HostConfig, version: string, logger: Logger, signal: AbortSignal): Promise<Host> {
  const roles = config.roles ?? allRoles;
  const runs = (role: Role): boolean => roles.includes(role);
  const owner = config.owner ?? os.hostname();
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });

  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  try {
    const stores = await openTables(config, runs("propeller") ? owner : undefined, logger, signal);
    closing.push(() => stores.close());
    const docker = config.docker && (await dockerOf(config.docker));
    const door = docker && config.docker && { ...docker.network, port: config.docker.ports.objects, ...taskKeys(config.dataDir) };
    const objects = await openObjects(config, runs("admin"), door, logger);
    closing.push(() => objects.close());
    const { blobs } = objects;
    const isLocal = runs("propeller") && config.kubernetes === undefined && docker === undefined;
    const local = isLocal ? await openCompute(config, logger, async (uri) => (await blobs.get(uri)).body) : undefined;
    const compute = local ?? (await docker?.compute(config, logger, true));
    if (compute) closing.push(() => compute.close());
    const cluster = config.kubernetes && runs("propeller") ? await clusterOf(config, config.kubernetes, version, logger) : undefined;
    if (cluster) closing.push(() => cluster.close());
    const external = runs("propeller") ? await externalPlugins(config, logger) : undefined;
    if (external) closing.push(async () => external.stop());
    const links = linksOf(config, runs);
    if (links) closing.push(() => links.close());
    const settings = settingsOf(config);
    const adminForTasks =
      docker && config.docker
        ? `${docker.network.host}:${config.docker.ports.admin}`
        : (config.links?.admin ?? `localhost:${config.ports[0]}`);
    const connector = runs("propeller") ? config.plugins?.connector : undefined;
    const connectors = connector && openConnectors(connector, settings.maxOutputSize, logger);
    if (connectors) closing.push(() => connectors.close());
    const engine = createEngine({
      ...stores,
      blobs,
      plugins: (pluginHost) => [
        ...(compute ? pluginsOver(config, compute, objects, adminForTasks, pluginHost) : []),
        ...(cluster?.plugins(pluginHost, blobs, podEnvironment(config, objects)) ?? []),
        createSleepPlugin(pluginHost, clock),
        ...(connectors ? [connectors.plugin(pluginHost)] : []),
        ...(external?.create(pluginHost) ?? []),
      ],
      ...(config.plugins && { pluginChoice: config.plugins }),
      clock,
      random,
      settings,
      version,
      // The directory or the name is locked, so whoever claimed before is gone: the same name takes its workflows up at once.
      owner,
      logger,
      roles,
      ...(links && {
        links: { ...links, catalog: catalogOver(links.catalogCalls, { clock, random, settings }) },
      }),
    });
    const logs = compute ? attemptLogs(compute) : cluster?.logs;
    const routes = logs ? [logRoute(logs)] : [];
    const gateways: Gateway[] = [];
    const listenOn = async (at: Pick<GatewayOptions, "services" | "ports" | "host" | "isExposed" | "allowedHosts" | "allowedOrigins">) => {
      const gateway = await startGateway({ ...at, routes, health: ownHealth, logger, clock, random, version });
      gateways.push(gateway);
      closing.push(() => gateway.close());
    };
    await listenOn({
      services: engine.services,
      ports: config.ports,
      host: config.host ?? loopback,
      isExposed: config.host !== undefined,
      allowedOrigins: config.allowedOrigins ?? [],
      allowedHosts: config.allowedHosts ?? [],
    });
    if (docker && config.docker) {
      await listenOn({
        services: objects.signedForTasks ? engine.servicesOver(objects.signedForTasks) : engine.services,
        ports: [config.docker.ports.admin],
        host: docker.network.bind,
        isExposed: true,
        allowedOrigins: [],
        allowedHosts: [docker.network.host],
      });
    }
    await engine.start();
    closing.push(async () => {
      const ended = (await compute?.endAll()) ?? 0;
      if (ended > 0) logger.info("ended the attempts that ran; they are tried again at the next start", { attempts: ended });
    });
    closing.push(() => engine.stop());
    if (runs("propeller") && config.database !== undefined) closing.push(keepLeases(stores.workflows, owner, clock, logger));
    closing.push(async () => void (await Promise.all(gateways.map((gateway) => gateway.drain(drainMs)))));
    return { stop: close, warmUp: async () => local?.warmUp() };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `holder`: who claims workflows in these tables, where anybody does here. */
function openTables(config: HostConfig, holder: string | undefined, logger: Logger, signal: AbortSignal): Promise<Stores> {
  const { database, databaseWait: forMs = 0 } = config;
  if (database === undefined) return openStores({ path: path.join(config.dataDir, "flyte.db"), clock });
  const onWait = (why: string): void => logger.info("waiting for the database", { place: postgresPlace(database), why });
  const patience = forMs > 0 && { patience: { forMs, signal, onWait } };
  return openStores({ postgres: database, clock, ...(holder !== undefined && { holder }), ...patience });
}

/** Undefined when propeller and the scheduler have all they need here, or do not run here. */
function linksOf(config: HostConfig, runs: (role: Role) => boolean): ReturnType<typeof openLinks> | undefined {
  const propellerNeeds = runs("propeller") && !(runs("admin") && runs("datacatalog"));
  if (!propellerNeeds && !(runs("scheduler") && !runs("admin"))) return undefined;
  if (!config.links) throw new Error("propeller and the scheduler, apart from admin or the datacatalog, need their addresses");
  return openLinks({ ...config.links, clock, random });
}

/** Loaded only where it is asked for. */
async function dockerOf(config: DockerConfig): Promise<OpenedDocker> {
  return (await import("./open-docker.ts")).openDocker(config);
}

/** Loaded only where it is asked for. */
async function clusterOf(config: HostConfig, cluster: ClusterConfig, version: string, logger: Logger): Promise<Cluster> {
  const base = propellerUrlOf(config);
  const logsUrl = base === undefined ? undefined : `${base}${logPath()}`;
  return (await import("./open-cluster.ts")).openCluster(cluster, version, logsUrl, logger);
}

function podEnvironment({ kubernetes, objects: { store } }: HostConfig, { tasks }: OpenedObjects): Record<string, string> {
  // Files are served on loopback, which is none of a pod's.
  const { admin = "", objects = store === "s3" ? tasks.blobEndpoint : "" } = kubernetes?.endpoints ?? {};
  return endpointVariables({ ...tasks, adminEndpoint: admin, blobEndpoint: objects });
}

/** Loaded only where there are any. */
async function externalPlugins(config: HostConfig, logger: Logger): Promise<LoadedPlugins | undefined> {
  const modules = config.plugins?.modules ?? [];
  if (modules.length === 0) return undefined;
  const { loadPluginModules } = await import("../plugins/external/load-plugin-modules.ts");
  return loadPluginModules(modules, { from: process.cwd(), clock, logger });
}

function pluginsOver(
  config: HostConfig,
  compute: ComputeBackend,
  objects: OpenedObjects,
  adminEndpoint: string,
  pluginHost: PluginHost,
): readonly TaskPlugin[] {
  const tasks = { adminEndpoint, ...objects.tasks };
  return [
    createContainerPlugin({
      host: pluginHost,
      compute,
      blobs: objects.blobs,
      data: containerDataOver(objects.blobs, dataTimeout),
      dataDirectory: path.join(config.dataDir, "container-data"),
      endpoints: { tasks },
      logUrl: (generatedName) => `${publicUrlOf(config)}${logPath(generatedName)}`,
      defaultEnv: config.plugins?.container?.defaultEnv ?? {},
    }),
  ];
}
