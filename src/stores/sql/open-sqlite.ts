import { renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import type { Clock } from "../../std/clock.ts";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { Checkpointer } from "./checkpointer.ts";
import { lockFile } from "./file-lock.ts";
import { GroupCommit } from "./group-commit.ts";
import { type Migration, migrate, migrations } from "./migrate.ts";
import type { Tables } from "./schema.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { connectionPragmas, groupConnection, kyselyOver, sqliteDialect } from "./sqlite-dialect.ts";

export interface SqliteOptions {
  /** A file, made when missing (its directory is not), or `":memory:"`. */
  readonly path: string;
  readonly clock: Clock;
  /** For tests of migrations; default: all there are. */
  readonly migrations?: readonly Migration[];
}

/**
 * Opens and migrates a SQLite database for this process alone. An older file is copied to `<path>.format-<n>.backup` before
 * it is migrated. Throws FlyteError (blame environment) when the file is in use, of a newer format, or no database of ours.
 */
export async function openSqlite(options: SqliteOptions): Promise<SqlDatabase> {
  return options.path === ":memory:" ? await openMemory(options) : await openFile(options);
}

async function openMemory({ path, clock, migrations: steps = migrations }: SqliteOptions): Promise<SqlDatabase> {
  const database = new DatabaseSync(path);
  database.exec(connectionPragmas);
  await migrate(kyselyOver(database), sqliteDialect, path, () => {}, steps);
  const group = new GroupCommit(groupConnection(database));
  // One connection sees its own uncommitted writes, so reads wait for the end of the group.
  const guard = (): void => {
    if (group.busy) throw new Error("a read of the database in memory began inside a transaction");
  };
  const reader = kyselyOver<Tables>(database, guard, () => group.idle());
  return sqlDatabase(
    clock,
    group,
    reader,
    kyselyOver<Tables>(database, () => group.assertInside()),
    async () => database.close(),
  );
}

async function openFile({ path, clock, migrations: steps = migrations }: SqliteOptions): Promise<SqlDatabase> {
  const opened: (() => void)[] = [];
  const closeAll = (): void => {
    for (let close = opened.pop(); close; close = opened.pop()) close();
  };
  try {
    opened.push(lockFile(path, process.pid));
    const database = new DatabaseSync(path);
    opened.push(() => database.close());
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; ${connectionPragmas}`);
    await migrate(kyselyOver(database), sqliteDialect, path, (format) => backUp(database, `${path}.format-${format}.backup`), steps);
    const readOnly = new DatabaseSync(path, { readOnly: true });
    opened.push(() => readOnly.close());
    readOnly.exec(connectionPragmas);

    const checkpointer = new Checkpointer(path, () => database.exec("PRAGMA wal_checkpoint(RESTART)"));
    const group = new GroupCommit(groupConnection(database), (members) => checkpointer.committed(members));
    const reader = kyselyOver<Tables>(readOnly, () => group.assertOutside());
    return sqlDatabase(
      clock,
      group,
      reader,
      kyselyOver<Tables>(database, () => group.assertInside()),
      async () => {
        await checkpointer.close();
        closeAll();
      },
    );
  } catch (thrown) {
    closeAll();
    if (thrown instanceof FlyteError) throw thrown;
    throw new FlyteError({
      code: "DATABASE_OPEN_FAILED",
      blame: "environment",
      message: `cannot open the database ${path}: ${messageOf(thrown)}`,
      hint: "check that its directory exists, is writable and has space, and that the file is a database of flyte",
      details: { path },
      cause: thrown,
    });
  }
}

/** A copy of one moment, in place only when it is whole. */
function backUp(database: DatabaseSync, place: string): void {
  const partial = `${place}.partial`;
  rmSync(partial, { force: true });
  database.prepare("VACUUM INTO ?").run(partial);
  renameSync(partial, place);
}

function sqlDatabase(
  clock: Clock,
  group: GroupCommit,
  reader: Kysely<Tables>,
  writer: Kysely<Tables>,
  closeConnections: () => Promise<void>,
): SqlDatabase {
  let closed: Promise<void> | undefined;
  return {
    clock,
    dialect: sqliteDialect,
    reader,
    inOrder: reader,
    write: (work, kind) => group.write(() => work(writer), kind),
    close: () => (closed ??= group.close().then(closeConnections)),
  };
}
