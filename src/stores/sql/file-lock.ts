import { DatabaseSync } from "node:sqlite";
import { FlyteError } from "../../std/errors.ts";
import { isBusy } from "./sqlite-dialect.ts";

/**
 * Keeps every other opener of the database at `path` out, of this process or another, until the returned function is
 * called or the process ends however it ends. The lock is SQLite's own on a small file beside it (`<path>.lock`), which
 * stays and names the process. Throws FlyteError when the database is in use.
 */
export function lockFile(path: string, pid: number): () => void {
  const place = `${path}.lock`;
  const lock = new DatabaseSync(place);
  try {
    lock.exec("PRAGMA busy_timeout = 0; CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL);");
    lock.exec("BEGIN IMMEDIATE; DELETE FROM holder;");
    lock.prepare("INSERT INTO holder VALUES (?)").run(pid);
    // A reserved lock: others can read who holds it, but not take it.
    lock.exec("COMMIT; BEGIN IMMEDIATE;");
  } catch (thrown) {
    const holder = holderOf(lock);
    lock.close();
    if (!isBusy(thrown)) throw thrown;
    throw new FlyteError({
      code: "DATABASE_IN_USE",
      blame: "environment",
      message: `${path} is in use by ${holder === undefined ? "another process" : `process ${holder}`}`,
      hint: "stop that one first, or use another data directory",
      details: { path, pid: holder },
      cause: thrown,
    });
  }
  return () => lock.close();
}

function holderOf(lock: DatabaseSync): number | undefined {
  try {
    const pid = lock.prepare("SELECT pid FROM holder").get()?.["pid"];
    return typeof pid === "number" ? pid : undefined;
  } catch {
    return undefined;
  }
}
