import { mkdirSync, writeFileSync, rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FlyteError } from "../std/errors.ts";
import { processIdentity } from "../std/process-identity.ts";

/**
 * Takes a data directory for this process, which serves `sandbox`; the returned function gives it back. The lock is the operating system's, on a
 * SQLite file, so a killed holder leaves none behind. `daemon.pid` beside it only tells others who holds it. Throws
 * DATA_DIR_LOCKED.
 */
export function lockDataDirectory(directory: string, sandbox: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(path.join(directory, "lock.db"));
  try {
    database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw new FlyteError({
      code: "DATA_DIR_LOCKED",
      blame: "environment",
      message: `another process serves from ${directory}`,
      hint: "see it with: flyte sandbox status; one directory is for one sandbox at a time",
      details: { directory },
      cause: error,
    });
  }
  const holder = path.join(directory, "daemon.pid");
  writeFileSync(holder, JSON.stringify({ sandbox, pid: process.pid, identity: processIdentity(process.pid) }));
  return () => {
    rmSync(holder, { force: true });
    database.close();
  };
}
