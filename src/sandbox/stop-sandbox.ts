import { rm } from "node:fs/promises";
import { backendOf } from "./backend-of.ts";
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

/** Ends a deployment and what it started. Data is kept, unless asked otherwise or the sandbox was ephemeral. */
export async function stopSandbox(name: string, options: { readonly deleteData: boolean }): Promise<Stopped> {
  const record = await readRecord(name);
  if (!record) throw await noSuchSandbox(name);
  const backend = await backendOf(record);
  const stopped = await backend.stop(record);
  const dataDeleted = options.deleteData || (record.ephemeral ?? false);
  if (dataDeleted) {
    await backend.remove(record);
    await rm(sandboxPaths(name).root, { recursive: true, force: true });
  }
  return { name, stopped, dataDeleted, dataDir: record.dataDir, ...(record.database === undefined ? {} : { database: record.database }) };
}
