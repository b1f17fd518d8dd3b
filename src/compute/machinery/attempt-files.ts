import { closeSync, fsync, linkSync, mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { readdir, rm, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ComputeSpec } from "../../ports/compute-backend.ts";

/** spec.json: what was accepted. Written before `create` resolves; removed first when the attempt is forgotten. */
export interface AcceptedSpec {
  readonly spec: ComputeSpec;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Which kind of backend accepted it: no other takes it up. Absent for processes of this machine. */
  readonly compute?: "docker";
}

/** exit.json: how it ended, one of four ways. The first writer wins. */
export type EndRecord =
  | {
      readonly exitCode: number;
      readonly signal?: string;
      readonly startedAt: number;
      readonly finishedAt: number;
      /** Both, where they are measured. */
      readonly cpuSeconds?: number;
      readonly peakMemoryBytes?: number;
      readonly timedOut?: boolean;
      readonly outOfMemory?: boolean;
      readonly unattended?: boolean;
    }
  | { readonly refused: string; readonly hint?: string; readonly code?: string; readonly retryable?: boolean }
  | { readonly lost: string };

const kept = "log";
const sync = promisify(fsync);

/**
 * The directory of one attempt. What is small and is in the system's memory anyway is read and written at once, which costs
 * less than handing it to another thread; what waits for the disk is awaited, and that is also what frees its blocks: a file
 * system that tells the disk of each (mounted with `discard`) takes milliseconds.
 */
export class AttemptFiles<Accepted extends AcceptedSpec, Started = never> {
  readonly directory: string;

  constructor(root: string, name: string) {
    this.directory = join(root, name);
  }

  get log(): string {
    return join(this.directory, kept);
  }

  get secrets(): string {
    return join(this.directory, "secrets");
  }

  /** Resolves when the specification would survive a loss of power. */
  async accept(accepted: Accepted): Promise<void> {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    // Empty, so that a log that is not there is one that is no longer kept.
    writeFileSync(this.log, "", { mode: 0o600 });
    // Side by side: half of a specification counts as none.
    await Promise.all([this.#write("spec.json", accepted), syncPath(dirname(this.directory))]);
  }

  /** Undefined when nothing was accepted, or only half written by a process that died before it said so. */
  spec(): Promise<Accepted | undefined> {
    return this.#read<Accepted>("spec.json");
  }

  /** started.json, where the attempt's parent process writes one. */
  started(): Promise<Started | undefined> {
    return this.#read<Started>("started.json");
  }

  /** Writes started.json where it is this process that starts the attempt. It need not outlive the machine: neither does what is started. */
  start(record: Started): void {
    const temporary = join(this.directory, ".started.json.daemon");
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
    renameSync(temporary, join(this.directory, "started.json"));
  }

  ended(): Promise<EndRecord | undefined> {
    return this.#read<EndRecord>("exit.json");
  }

  /** Records an end that the attempt's parent cannot record; what is recorded already stays. */
  async end(record: EndRecord): Promise<EndRecord> {
    await this.#write("exit.json", record);
    return (await this.ended()) ?? record;
  }

  async forgetSpec(): Promise<void> {
    await remove(join(this.directory, "spec.json"));
    await syncPath(this.directory).catch((error: NodeJS.ErrnoException) => {
      // Gone with all that was in it.
      if (error.code !== "ENOENT") throw error;
    });
  }

  /** Deletes all but the log; the directory too when there is no log. */
  async clear(): Promise<void> {
    const entries = await readdir(this.directory, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.name === kept) continue;
      const path = join(this.directory, entry.name);
      if (entry.isDirectory()) await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
      else await remove(path);
    }
    if (!entries.some(({ name }) => name === kept))
      await rm(this.directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  }

  async #read<T>(name: string): Promise<T | undefined> {
    try {
      return JSON.parse(readFileSync(join(this.directory, name), "utf8")) as T;
    } catch {
      return undefined;
    }
  }

  async #write(name: string, content: unknown): Promise<void> {
    const temporary = join(this.directory, `.${name}.daemon`);
    writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 });
    await syncPath(temporary);
    try {
      linkSync(temporary, join(this.directory, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    unlinkSync(temporary);
    await syncPath(this.directory);
  }
}

async function remove(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Of a file or a directory. */
async function syncPath(path: string): Promise<void> {
  const descriptor = openSync(path, "r");
  try {
    await sync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
