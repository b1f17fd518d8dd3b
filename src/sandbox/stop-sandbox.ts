import { rm } from "node:fs/promises";
import { embeddedBackend } from "./backends/embedded.ts";
import { endLeftovers, runningDaemon } from "./daemon-process.ts";
import { diedDisorderly } from "./lock-holder.ts";
import { noSuchSandbox } from "./no-such-sandbox.ts";
import { sandboxPaths } from "./sandbox-paths.ts";
import { readRecord } from "./sandbox-record.ts";

export interface Stopped {
  readonly name: string;
  /** Whether it ran. */
  readonly stopped: boolean;
  readonly dataDeleted: boolean;
  readonly dataDir: string;
  /** A database elsewhere: it keeps its tables whatever is deleted here. */
  readonly database?: string;
}

/** Ends the daemon and what it started. Data is kept, unless asked otherwise or the sandbox was ephemeral. */
export async function stopSandbox(name: string, options: { readonly deleteData: boolean }): Promise<Stopped> {
  const paths = sandboxPaths(name);
  const record = await readRecord(name);
  if (!record) throw await noSuchSandbox(name);
  const stopped = runningDaemon(record) !== undefined;
  await embeddedBackend.stop(record);
  if (diedDisorderly(record.dataDir)) await endLeftovers(paths);
  const dataDeleted = options.deleteData || (record.ephemeral ?? false);
  if (dataDeleted) {
    await rm(record.dataDir, { recursive: true, force: true });
    await rm(paths.root, { recursive: true, force: true });
  }
  return { name, stopped, dataDeleted, dataDir: record.dataDir, ...(record.database === undefined ? {} : { database: record.database }) };
}
