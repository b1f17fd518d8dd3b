import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FlyteError } from "../std/errors.ts";
import { sandboxesDirectory } from "./sandbox-paths.ts";

const defaultWaitMs = 60_000;
const lookAgainMs = 20;

export interface LockOptions {
  /** Another lock than that of all sandboxes: one sandbox's, whose start may take minutes. */
  readonly file?: string;
  readonly longestWaitMs?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `start` while no other start of this user's sandboxes runs: ports, directories and records are looked at and taken in
 * one piece. The lock is the operating system's, on a SQLite file in the directory of all sandboxes, so a start that was
 * killed leaves none behind. Throws SANDBOX_START_BUSY when another start does not end.
 */
export async function withStartLock<T>(start: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { file = path.join(sandboxesDirectory(), "start.lock"), longestWaitMs = defaultWaitMs, signal } = options;
  const deadline = Date.now() + longestWaitMs;
  let lock: DatabaseSync | undefined;
  while (!(lock = tryLock(file))) {
    signal?.throwIfAborted();
    if (Date.now() > deadline) {
      throw new FlyteError({
        code: "SANDBOX_START_BUSY",
        blame: "environment",
        message: `another start has held ${file} for ${longestWaitMs / 1000} seconds`,
        hint: "end the other `flyte sandbox start`, or wait for it, and try again",
        details: { file },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
  try {
    return await start();
  } finally {
    lock.close();
  }
}

/** Undefined when another process has it. */
function tryLock(file: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(file);
  try {
    lock.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    const { errcode } = error as { errcode?: number };
    // SQLITE_BUSY, with whatever it is busy with.
    if (errcode !== undefined && (errcode & 0xff) === 5) return undefined;
    throw error;
  }
}
