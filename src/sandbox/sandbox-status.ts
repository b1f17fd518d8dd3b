import { backendOf } from "./backend-of.ts";
import { FlyteError } from "../std/errors.ts";
import { daemonVersion } from "./daemon-version.ts";
import { type PythonStatus, pythonStatus } from "./python-status.ts";
import { noSuchSandbox } from "./no-such-sandbox.ts";
import type { Endpoints } from "./sandbox-event.ts";
import { listRecords, readRecord, type SandboxRecord } from "./sandbox-record.ts";

export interface SandboxStatus {
  readonly name: string;
  /** not-responding: the process is there, but GetVersion is not answered. */
  readonly state: "running" | "not-responding" | "stopped";
  readonly version: string | null;
  readonly endpoints: Endpoints | null;
  readonly dataDir: string;
  readonly python: PythonStatus | null;
  /** Why it cannot be told better. */
  readonly note?: string;
}

/** One sandbox's state; SANDBOX_NOT_FOUND when it was never started. */
export async function sandboxStatus(name: string): Promise<SandboxStatus> {
  const record = await readRecord(name);
  if (!record) throw await noSuchSandbox(name);
  return statusOf(record);
}

export async function allSandboxes(): Promise<readonly SandboxStatus[]> {
  return Promise.all((await listRecords()).map(statusOf));
}

async function statusOf(record: SandboxRecord): Promise<SandboxStatus> {
  const [endpoints, note] = await runningOf(record);
  const version = endpoints ? await daemonVersion(endpoints.admin) : undefined;
  return {
    name: record.name,
    state: endpoints ? (version === undefined ? "not-responding" : "running") : "stopped",
    version: version ?? null,
    endpoints: endpoints ?? null,
    dataDir: record.dataDir,
    python: endpoints && record.backend === "embedded" && record.docker === undefined ? await pythonStatus(record.dataDir) : null,
    ...(note !== undefined && { note }),
  };
}

/** Without its Docker engine a sandbox on kind does not run, as far as can be seen. */
async function runningOf(record: SandboxRecord): Promise<readonly [Endpoints | undefined, string?]> {
  try {
    return [await (await backendOf(record)).running(record)];
  } catch (error) {
    if (error instanceof FlyteError && error.code === "SANDBOX_DOCKER_UNREACHABLE") return [undefined, error.message];
    throw error;
  }
}
