import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open, readFile, stat, rename } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { HostReport } from "../host/host-config.ts";
import { makeDirectory } from "../std/make-directory.ts";
import { FlyteError } from "../std/errors.ts";
import { daemonProgram } from "./package-files.ts";
import { isSameProcess } from "../std/process-identity.ts";
import type { SandboxPaths } from "./sandbox-paths.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

const largestLog = 16 << 20;

/** The pid of the sandbox's daemon, when it is the very process that was started. */
export function runningDaemon(record: SandboxRecord | undefined): number | undefined {
  if (!record?.daemon) return undefined;
  return isSameProcess(record.daemon.pid, record.daemon.identity) ? record.daemon.pid : undefined;
}

/**
 * Starts the daemon in a session of its own, its output going to the log, and waits for its report: its pid when it
 * serves. Throws what it reported, or SANDBOX_DAEMON_DIED with its last lines.
 */
export async function spawnDaemon(paths: SandboxPaths): Promise<number> {
  await makeDirectory(paths.logs, 0o700);
  await rotate(paths.daemonLog);
  const log = await open(paths.daemonLog, "a", 0o600);
  try {
    // The certificates of NODE_EXTRA_CA_CERTS cost every Node start 35 ms, and a daemon on loopback speaks to no one else.
    const { NODE_EXTRA_CA_CERTS: _unused, ...env } = process.env;
    const child = spawn(process.execPath, [daemonProgram(), paths.daemonConfig], {
      detached: true,
      stdio: ["ignore", log.fd, log.fd, "pipe"],
      env,
    });
    const text = await reportOf(child);
    child.unref();
    if (text === "") throw await died(paths);
    const report = JSON.parse(text) as HostReport;
    if (!report.ready) throw new FlyteError({ ...report.error });
    return report.pid;
  } finally {
    await log.close();
  }
}

/** Ends the attempts that outlived a killed daemon. Throws what kept it from that: they are as they were then. */
export async function endLeftovers(paths: SandboxPaths): Promise<void> {
  if (!existsSync(paths.daemonConfig)) return;
  const child = spawn(process.execPath, [daemonProgram(), paths.daemonConfig, "end"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  const text = await reportOf(child);
  await ended;
  const report = text === "" ? undefined : (JSON.parse(text) as HostReport);
  if (report?.ready === false) throw new FlyteError({ ...report.error });
}

/** What it writes to descriptor 3 until it closes that. */
function reportOf(child: ChildProcess): Promise<string> {
  const pipe = child.stdio[3] as Readable;
  return new Promise<string>((resolve, reject) => {
    let received = "";
    pipe.setEncoding("utf8");
    pipe.on("data", (chunk: string) => (received += chunk));
    pipe.once("end", () => resolve(received));
    child.once("error", reject);
  });
}

async function died(paths: SandboxPaths): Promise<FlyteError> {
  const lines = (await lastLines(paths.daemonLog, 15)).join("\n");
  return new FlyteError({
    code: "SANDBOX_DAEMON_DIED",
    blame: "environment",
    message: `the daemon ended before it served; its last lines were:\n${lines}`,
    hint: `see all of it with: flyte sandbox logs, or in ${paths.daemonLog}`,
    details: { log: paths.daemonLog },
  });
}

/** The last lines of a log, at most a megabyte of it. */
export async function lastLines(file: string, count: number): Promise<readonly string[]> {
  let text: string;
  try {
    text = (await readFile(file)).subarray(-(1 << 20)).toString("utf8");
  } catch {
    return [];
  }
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.slice(-count);
}

async function rotate(file: string): Promise<void> {
  try {
    if ((await stat(file)).size > largestLog) await rename(file, `${file}.1`);
  } catch {
    // No log yet.
  }
}

/** Asks the daemon to end, and makes it end after `graceMs`. Resolves when the process is gone. */
export async function endDaemon(record: SandboxRecord, graceMs: number): Promise<void> {
  const pid = runningDaemon(record);
  if (pid === undefined) return;
  const alive = (): boolean => runningDaemon(record) !== undefined;
  signal(pid, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (alive() && Date.now() < deadline) await pause();
  if (alive()) signal(pid, "SIGKILL");
  while (alive()) await pause();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

// Not our child when another command started it: its end can only be looked for.
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
