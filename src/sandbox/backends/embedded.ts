import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import type { HostConfig } from "../../host/host-config.ts";
import { FlyteError } from "../../std/errors.ts";
import { postgresPlace } from "../../std/postgres-url.ts";
import { choosePlugins } from "../choose-plugins.ts";
import { writeClientConfig } from "../client-config.ts";
import { endDaemon, endLeftovers, runningDaemon, spawnDaemon } from "../daemon-process.ts";
import { chooseInterpreter } from "../interpreter.ts";
import { diedDisorderly, readLockHolder } from "../lock-holder.ts";
import { isFlytekitMissing, pythonStatus } from "../python-status.ts";
import { choosePortBlock, defaultPortBase, portBlock } from "../port-block.ts";
import { writePrivateFile } from "../private-file.ts";
import { checkDataDirectory, makeSandboxDirectory } from "../preflight.ts";
import { processIdentity } from "../../std/process-identity.ts";
import type { Endpoints, Tell } from "../sandbox-event.ts";
import { sandboxPaths } from "../sandbox-paths.ts";
import type { SandboxPlan } from "../sandbox-plan.ts";
import { listRecords, readRecord, writeRecord, type SandboxRecord } from "../sandbox-record.ts";
import { withStartLock } from "../start-lock.ts";
import { daemonLogs } from "../daemon-logs.ts";
import { connectorConfigOf, connectorsOf } from "../connectors.ts";
import type { SandboxBackend } from "./sandbox-backend.ts";

const credentials = { accessKey: "minio", secretKey: "miniostorage" };
const bucket = "my-s3-bucket";
const stopGraceMs = 20_000;
const startMs = 15_000;

/** The library that speaks to Docker is for those alone whose tasks are containers. */
const dockerRoom = () => import("../docker-compute.ts");
/** HTTP/2 is half of what a start would load. */
const daemonVersionRoom = () => import("../daemon-version.ts");

/** One process on this machine: the whole engine, files for objects, SQLite for tables. */
export const embeddedBackend: SandboxBackend = {
  id: "embedded",
  start,
  async running(record) {
    const pid = runningDaemon(record);
    return pid === undefined ? undefined : endpointsOf(record, pid);
  },
  async stop(record) {
    const ran = runningDaemon(record) !== undefined;
    await endDaemon(record, stopGraceMs);
    if (diedDisorderly(record.dataDir)) await endLeftovers(sandboxPaths(record.name));
    return ran;
  },
  async remove(record) {
    if (record.docker) await (await dockerRoom()).removeContainers(record);
    await rm(record.dataDir, { recursive: true, force: true });
  },
  logs: daemonLogs,
};

async function start(plan: SandboxPlan, tell: Tell): Promise<Endpoints> {
  const running = await runningEndpoints(plan.name);
  if (running) return alreadyRunning(plan, running, tell);
  await makeSandboxDirectory(sandboxPaths(plan.name).root);
  return withStartLock(async () => {
    // A start of the same name may have come first.
    const other = (await runningEndpoints(plan.name)) ?? (await adoptDaemon(plan));
    return other ? alreadyRunning(plan, other, tell) : bringUp(plan, tell);
  });
}

async function runningEndpoints(name: string): Promise<Endpoints | undefined> {
  const record = await readRecord(name);
  const pid = runningDaemon(record);
  return record && pid !== undefined ? endpointsOf(record, pid) : undefined;
}

/** Takes on a daemon of this sandbox that serves, though the start that brought it up was killed before it could write that down. */
async function adoptDaemon(plan: SandboxPlan): Promise<Endpoints | undefined> {
  const paths = sandboxPaths(plan.name);
  const kept = await readRecord(plan.name);
  const dataDir = path.resolve(plan.dataDir ?? kept?.dataDir ?? paths.data);
  const holder = readLockHolder(dataDir);
  if (holder?.sandbox !== plan.name) return undefined;
  const config = await readFile(paths.daemonConfig, "utf8").catch(() => undefined);
  if (config === undefined) return undefined;
  // An older daemon's configuration calls them adminPorts.
  const {
    adminPorts,
    ports = adminPorts,
    database,
    docker,
  } = JSON.parse(config) as Partial<HostConfig> & { readonly adminPorts?: readonly number[] };
  const record: SandboxRecord = {
    name: plan.name,
    backend: "embedded",
    portBase: (ports?.[0] ?? 0) - portBlock(defaultPortBase).admin + defaultPortBase,
    dataDir,
    ephemeral: plan.ephemeral,
    ...(database === undefined ? {} : { database: postgresPlace(database) }),
    ...(kept?.python === undefined ? {} : { python: kept.python }),
    ...(kept?.plugins === undefined ? {} : { plugins: kept.plugins }),
    ...(docker === undefined ? {} : { docker: kept?.docker ?? { address: docker.address ?? "" } }),
    daemon: { pid: holder.pid, identity: processIdentity(holder.pid) ?? "" },
  };
  const endpoints = endpointsOf(record, holder.pid);
  const { waitForVersion } = await daemonVersionRoom();
  await waitForVersion(endpoints.admin, startMs);
  await writeRecord(record);
  await writeClientConfig(endpoints);
  return endpoints;
}

async function bringUp(plan: SandboxPlan, tell: Tell): Promise<Endpoints> {
  tell({ type: "step", step: "preflight", status: "running", message: "Checking ports, disk and Python" });
  const kept = await readRecord(plan.name);
  const paths = sandboxPaths(plan.name);
  const dataDir = path.resolve(plan.dataDir ?? kept?.dataDir ?? paths.data);
  const database = await chooseDatabase(plan.database, kept, paths.daemonConfig);
  const connectors = connectorsOf(plan.connectors ?? kept?.connectors ?? []);
  const compute = plan.compute ?? computeOf(kept);
  const python = compute === "local" ? chooseInterpreter(plan.python ?? kept?.python, process.env) : undefined;
  const plugins = choosePlugins(plan.plugins, kept?.plugins, process.cwd());
  await checkDataDirectory(dataDir);
  const docker = compute === "docker" ? await (await dockerRoom()).findEngine(process.env) : undefined;
  await leaveBehind(kept, dataDir, compute);
  const block = await choosePortBlock(plan.name, plan.portBase, await listRecords());
  if (plan.portBase === undefined && kept === undefined && block.base !== portBlock(30_000).base) {
    tell({
      type: "warning",
      message: `Ports 30000 and up belong to another sandbox: "${plan.name}" gets ${block.admin}, ${block.adminAlternative} and ${block.blob}`,
    });
  }
  if (docker && plan.python !== undefined)
    tell({ type: "warning", message: "--python names an interpreter of this machine: tasks that are containers take their image's" });
  if (!docker && python === undefined)
    tell({ type: "warning", message: "There is no Python on PATH: tasks cannot run until one is named with --python" });
  tell({
    type: "step",
    step: "preflight",
    status: "done",
    message: `${docker ? `Tasks are containers of Docker ${docker.version} at ${docker.address}; ports` : "Ports"} ${block.admin}, ${block.adminAlternative}, ${block.blob} are free`,
  });

  tell({ type: "step", step: "engine", status: "running", message: "Starting the engine" });
  const record: SandboxRecord = {
    name: plan.name,
    backend: "embedded",
    portBase: block.base,
    dataDir,
    ephemeral: plan.ephemeral,
    ...(database === undefined ? {} : { database: postgresPlace(database) }),
    ...(connectors.length === 0 ? {} : { connectors }),
    ...(plan.python === undefined ? (kept?.python === undefined ? {} : { python: kept.python }) : { python: path.resolve(plan.python) }),
    ...(plugins === undefined ? {} : { plugins }),
    ...(docker === undefined ? {} : { docker }),
  };
  const host: HostConfig = {
    name: plan.name,
    profile: "sandbox",
    version: plan.version,
    dataDir,
    owner: "embedded",
    ports: [block.admin, block.adminAlternative],
    objects: { store: "files", port: block.blob, ...credentials },
    ...(python === undefined ? {} : { python }),
    secretsFile: paths.secrets,
    ...(database === undefined ? {} : { database }),
    warm: plan.warm,
    ...(docker && { docker: { address: docker.address, ports: { admin: block.taskAdmin, objects: block.taskBlob } } }),
    plugins: {
      ...(plugins === undefined ? {} : { modules: plugins.map((module) => ({ module })) }),
      ...(connectors.length === 0 ? {} : { connector: connectorConfigOf(connectors) }),
    },
    ...reevaluation(process.env),
  };
  await writePrivateFile(paths.daemonConfig, `${JSON.stringify(host, null, 2)}\n`);
  const [daemonPid, { waitForVersion }, isMissing] = await Promise.all([
    spawnDaemon(paths),
    daemonVersionRoom(),
    python !== undefined && isFlytekitMissing(python, dataDir),
  ]);
  const started: SandboxRecord = { ...record, daemon: { pid: daemonPid, identity: processIdentity(daemonPid) ?? "" } };
  await writeRecord(started);
  const endpoints = endpointsOf(started, daemonPid);
  await writeClientConfig(endpoints);
  await waitForVersion(endpoints.admin, startMs);
  if (isMissing) tell({ type: "warning", message: withoutFlytekit(python) });
  tell({ type: "step", step: "engine", status: "done", message: `The engine serves on ${endpoints.admin} (pid ${daemonPid})` });
  return endpoints;
}

/** The address of the Postgres database, as asked for or as last time; undefined for SQLite. */
async function chooseDatabase(
  asked: string | undefined,
  kept: SandboxRecord | undefined,
  daemonConfig: string,
): Promise<string | undefined> {
  if (asked !== undefined) return asked === "sqlite" ? undefined : asked;
  if (kept?.database === undefined) return undefined;
  try {
    const { database } = JSON.parse(await readFile(daemonConfig, "utf8")) as HostConfig;
    if (database !== undefined) return database;
  } catch {
    // Told below.
  }
  throw new FlyteError({
    code: "SANDBOX_DATABASE_UNKNOWN",
    blame: "environment",
    message: `"${kept.name}" keeps its tables in ${kept.database}, but its address with the password is gone from ${daemonConfig}`,
    hint: "give it again with --database",
    details: { database: kept.database },
  });
}

/** FLYTE_REEVALUATION_INTERVAL: for tests that nothing depends on the safety net. */
function reevaluation(env: NodeJS.ProcessEnv): Pick<HostConfig, "reevaluationInterval"> {
  const text = env["FLYTE_REEVALUATION_INTERVAL"];
  return text !== undefined && /^\d{1,9}$/.test(text) ? { reevaluationInterval: Number(text) } : {};
}

const withoutFlytekit = (python: string | undefined): string =>
  `${python ?? "The Python of tasks"} has no flytekit: Python tasks cannot run until one that has is named with --python`;

const computeOf = (record: Pick<SandboxRecord, "docker"> | undefined): "local" | "docker" => (record?.docker ? "docker" : "local");

/** Attempts that a killed daemon left are for one of the same kind and place to go on with; before another starts, they are ended. */
async function leaveBehind(kept: SandboxRecord | undefined, dataDir: string, compute: "local" | "docker"): Promise<void> {
  if (!kept || (kept.dataDir === dataDir && computeOf(kept) === compute)) return;
  if (diedDisorderly(kept.dataDir)) await endLeftovers(sandboxPaths(kept.name));
}

async function alreadyRunning(plan: SandboxPlan, endpoints: Endpoints, tell: Tell): Promise<Endpoints> {
  if (plan.compute !== undefined && plan.compute !== computeOf(endpoints)) {
    const named = plan.name === "flyte" ? "" : ` --name ${plan.name}`;
    const what = endpoints.docker ? "containers" : "processes of this machine";
    throw new FlyteError({
      code: "SANDBOX_COMPUTE_FIXED",
      blame: "usage",
      message: `"${plan.name}" runs already, with tasks as ${what}, and ${plan.computeSource} asks for ${plan.compute}`,
      hint: `change it with: flyte sandbox stop${named} && flyte sandbox start${named} --compute ${plan.compute}; what runs is tried again`,
      details: { name: plan.name, compute: computeOf(endpoints) },
    });
  }
  if (plan.portBase !== undefined && endpoints.admin !== `localhost:${portBlock(plan.portBase).admin}`) {
    const named = plan.name === "flyte" ? "" : ` --name ${plan.name}`;
    throw new FlyteError({
      code: "SANDBOX_PORTS_FIXED",
      blame: "usage",
      message: `"${plan.name}" runs already, on ${endpoints.admin}, which is not what --port-base ${plan.portBase} gives`,
      hint: `move it with: flyte sandbox stop${named} && flyte sandbox start${named} --port-base ${plan.portBase}`,
      details: { name: plan.name, admin: endpoints.admin, portBase: plan.portBase },
    });
  }
  tell({ type: "step", step: "engine", status: "done", message: `Already running (pid ${endpoints.pid})` });
  const python = endpoints.docker ? null : await pythonStatus(endpoints.dataDir);
  if (python?.interpreter != null && python.flytekit === null) tell({ type: "warning", message: withoutFlytekit(python.interpreter) });
  const { daemonVersion } = await daemonVersionRoom();
  const version = await daemonVersion(endpoints.admin);
  if (version !== undefined && version !== plan.version) {
    tell({
      type: "warning",
      message: `The running engine is version ${version}, this command is ${plan.version}: run flyte sandbox stop and start to change over; data is kept`,
    });
  }
  return endpoints;
}

export function endpointsOf(record: SandboxRecord, pid: number): Endpoints {
  const block = portBlock(record.portBase);
  const admin = `localhost:${block.admin}`;
  return {
    name: record.name,
    backend: record.backend,
    admin,
    console: `http://${admin}/console`,
    blob: { endpoint: `http://localhost:${block.blob}`, ...credentials, bucket },
    dataDir: record.dataDir,
    compute: computeOf(record),
    ...(record.docker === undefined ? {} : { docker: record.docker }),
    ...(record.database === undefined ? {} : { database: record.database }),
    config: sandboxPaths(record.name).config,
    pid,
  };
}
