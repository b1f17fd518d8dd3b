import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { HostConfig } from "../../host/host-config.ts";
import { FlyteError } from "../../std/errors.ts";
import { postgresPlace } from "../../std/postgres-url.ts";
import { writeClientConfig } from "../client-config.ts";
import { endDaemon, runningDaemon, spawnDaemon } from "../daemon-process.ts";
import { chooseInterpreter } from "../interpreter.ts";
import { readLockHolder } from "../lock-holder.ts";
import { choosePortBlock, portBlock } from "../port-block.ts";
import { checkDataDirectory, makeSandboxDirectory } from "../preflight.ts";
import { processIdentity } from "../../std/process-identity.ts";
import type { Endpoints, Tell } from "../sandbox-event.ts";
import { sandboxPaths } from "../sandbox-paths.ts";
import type { SandboxPlan } from "../sandbox-plan.ts";
import { listRecords, readRecord, writeRecord, type SandboxRecord } from "../sandbox-record.ts";
import type { SandboxBackend } from "./sandbox-backend.ts";

const credentials = { accessKey: "minio", secretKey: "miniostorage" };
const bucket = "my-s3-bucket";
const stopGraceMs = 20_000;
/** How long the second of two starts waits for the first. */
const otherStartMs = 15_000;

/** HTTP/2 is half of what a start would load. */
const daemonVersionRoom = () => import("../daemon-version.ts");

/** One process on this machine: the whole engine, files for objects, SQLite for tables. */
export const embeddedBackend: SandboxBackend = {
  id: "embedded",
  unavailable: async () => undefined,
  start,
  async running(record) {
    const pid = runningDaemon(record);
    return pid === undefined ? undefined : endpointsOf(record, pid);
  },
  stop: (record) => endDaemon(record, stopGraceMs),
};

async function start(plan: SandboxPlan, tell: Tell): Promise<Endpoints> {
  const kept = await readRecord(plan.name);
  const pid = runningDaemon(kept);
  if (kept && pid !== undefined) return alreadyRunning(plan, endpointsOf(kept, pid), tell);

  tell({ type: "step", step: "preflight", status: "running", message: "Checking ports, disk and Python" });
  const paths = sandboxPaths(plan.name);
  const dataDir = path.resolve(plan.dataDir ?? kept?.dataDir ?? paths.data);
  const database = await chooseDatabase(plan.database, kept, paths.daemonConfig);
  const python = chooseInterpreter(plan.python ?? kept?.python, process.env);
  await makeSandboxDirectory(paths.root);
  await checkDataDirectory(dataDir);
  const records = await listRecords();
  let block;
  try {
    block = await choosePortBlock(plan.name, plan.portBase, records);
  } catch (error) {
    // Another start of this name may have taken them in this very moment.
    const other = await theOtherStart(plan, 0);
    if (other) return alreadyRunning(plan, other, tell);
    throw error;
  }
  if (plan.portBase === undefined && kept === undefined && block.base !== portBlock(30_000).base) {
    tell({
      type: "warning",
      message: `Ports 30000 and up belong to another sandbox: "${plan.name}" gets ${block.admin}, ${block.adminAlternative} and ${block.blob}`,
    });
  }
  if (python === undefined)
    tell({ type: "warning", message: "There is no Python on PATH: tasks cannot run until one is named with --python" });
  tell({
    type: "step",
    step: "preflight",
    status: "done",
    message: `Ports ${block.admin}, ${block.adminAlternative}, ${block.blob} are free`,
  });

  tell({ type: "step", step: "engine", status: "running", message: "Starting the engine" });
  const record: SandboxRecord = {
    name: plan.name,
    backend: "embedded",
    portBase: block.base,
    dataDir,
    ephemeral: plan.ephemeral,
    ...(database === undefined ? {} : { database: postgresPlace(database) }),
    ...(plan.python === undefined ? (kept?.python === undefined ? {} : { python: kept.python }) : { python: path.resolve(plan.python) }),
  };
  const host: HostConfig = {
    name: plan.name,
    version: plan.version,
    dataDir,
    adminPorts: [block.admin, block.adminAlternative],
    blobPort: block.blob,
    credentials,
    ...(python === undefined ? {} : { python }),
    secretsFile: paths.secrets,
    ...(database === undefined ? {} : { database }),
    slots: 0,
    warm: plan.warm,
    allowedOrigins: [],
    ...reevaluation(process.env),
  };
  await writeFile(paths.daemonConfig, `${JSON.stringify(host, null, 2)}\n`, { mode: 0o600 });
  let daemonPid: number;
  try {
    const spawned = spawnDaemon(paths);
    // While it starts, so that neither waits for the other.
    await Promise.all([spawned, daemonVersionRoom()]);
    daemonPid = await spawned;
  } catch (error) {
    if (error instanceof FlyteError && ["DATA_DIR_LOCKED", "PORT_TAKEN", "OBJECT_STORE_PORT_TAKEN"].includes(error.code)) {
      const other = await theOtherStart(plan, 500);
      if (other) return alreadyRunning(plan, other, tell);
    }
    throw error;
  }
  const started: SandboxRecord = { ...record, daemon: { pid: daemonPid, identity: processIdentity(daemonPid) ?? "" } };
  await writeRecord(started);
  const endpoints = endpointsOf(started, daemonPid);
  await writeClientConfig(endpoints);
  const { waitForVersion } = await daemonVersionRoom();
  await waitForVersion(endpoints.admin, otherStartMs);
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

/** What a start of the same name at the same time has brought up, if there is one. */
async function theOtherStart(plan: SandboxPlan, graceMs: number): Promise<Endpoints | undefined> {
  const begun = Date.now();
  const deadline = begun + otherStartMs;
  while (Date.now() < deadline) {
    const record = await readRecord(plan.name);
    const pid = runningDaemon(record);
    if (record && pid !== undefined) {
      const endpoints = endpointsOf(record, pid);
      const { waitForVersion } = await daemonVersionRoom();
      await waitForVersion(endpoints.admin, Math.max(1, deadline - Date.now()));
      return endpoints;
    }
    // It may have the lock and not yet have written that it has.
    if (Date.now() - begun >= graceMs && !(await lockedBySibling(plan))) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return undefined;
}

/** Whether a daemon of this sandbox is starting: it wrote its pid into its data directory's lock. */
async function lockedBySibling(plan: SandboxPlan): Promise<boolean> {
  const record = await readRecord(plan.name);
  return readLockHolder(plan.dataDir ?? record?.dataDir ?? sandboxPaths(plan.name).data)?.sandbox === plan.name;
}

async function alreadyRunning(plan: SandboxPlan, endpoints: Endpoints, tell: Tell): Promise<Endpoints> {
  tell({ type: "step", step: "engine", status: "done", message: `Already running (pid ${endpoints.pid})` });
  const { daemonVersion } = await daemonVersionRoom();
  if (plan.portBase !== undefined && endpoints.admin !== `localhost:${portBlock(plan.portBase).admin}`) {
    tell({ type: "warning", message: `It runs on other ports than --port-base ${plan.portBase} gives: stop it first to move it` });
  }
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
    ...(record.database === undefined ? {} : { database: record.database }),
    config: sandboxPaths(record.name).config,
    pid,
  };
}
