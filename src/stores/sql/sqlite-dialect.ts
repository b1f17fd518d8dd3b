import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from "kysely";
import { StatusError } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";
import { DirectKysely } from "./direct-kysely.ts";
import type { GroupConnection } from "./group-commit.ts";
import type { SqlDialect } from "./sql-database.ts";

// All that differs from Postgres is in this file: adapter, connection settings, errors, column types, row locks.

const cachedStatements = 500;
const busy = 5;
const diskFull = 13;

/** SQLite's part in repositories and migrations. */
export const sqliteDialect: SqlDialect = {
  textType: "text",
  bytesType: "blob",
  integerType: "integer",
  // AUTOINCREMENT: without it the key of a deleted last row is given again.
  withKey: (table) => table.addColumn("id", "integer", (column) => column.primaryKey().autoIncrement()),
  // One writer at a time holds the whole database.
  lockRows: (select) => select,
  lockName: async () => {},
  tableNames: async (db) => (await db.introspection.getTables()).map((table) => table.name),
};

/**
 * Settings of every connection. LIKE tells cases apart, as in Postgres (SQLite's own ignores the case of ASCII letters), so
 * that filters are the same SQL text on both.
 */
export const connectionPragmas = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON;";

function isSqliteError(thrown: unknown): thrown is Error & { readonly errcode: number } {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ERR_SQLITE_ERROR" && "errcode" in thrown;
}

/** Whether another connection holds a lock that was asked for. */
export function isBusy(thrown: unknown): boolean {
  return isSqliteError(thrown) && (thrown.errcode & 0xff) === busy;
}

/** A database error as a StatusError: a full disk is RESOURCE_EXHAUSTED, others INTERNAL. Anything else as it is. */
export function sqliteStatusError(thrown: unknown): unknown {
  if (!isSqliteError(thrown)) return thrown;
  if ((thrown.errcode & 0xff) === diskFull) {
    return new StatusError(
      "RESOURCE_EXHAUSTED",
      "the disk that holds the database is full: nothing was written; free some space",
      [],
      thrown,
    );
  }
  return new StatusError("INTERNAL", `database error: ${messageOf(thrown)}`, [], thrown);
}

function mapped<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw sqliteStatusError(thrown);
  }
}

type Prepared = ReturnType<SqliteDialectConfigDatabase["prepare"]>;
type SqliteDialectConfigDatabase = Exclude<SqliteDialectConfig["database"], (...args: never[]) => unknown>;

/** What Kysely's SQLite driver asks of a database, over node:sqlite, with a bounded cache of statements. */
function adapter(database: DatabaseSync, guard: () => void): SqliteDialectConfigDatabase {
  const cache = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    const statement: StatementSync = mapped(() => database.prepare(text));
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => mapped(() => statement.all(...(parameters as SQLInputValue[]))),
      run: (parameters) => mapped(() => statement.run(...(parameters as SQLInputValue[]))),
      iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
    };
  };
  return {
    close: () => database.close(),
    prepare(text) {
      guard();
      const known = cache.get(text);
      if (known) {
        cache.delete(text);
        cache.set(text, known);
        return known;
      }
      const prepared = prepare(text);
      cache.set(text, prepared);
      if (cache.size > cachedStatements) cache.delete(cache.keys().next().value ?? text);
      return prepared;
    },
  };
}

class GatedDriver extends SqliteDriver implements Driver {
  readonly #gate: () => Promise<void>;

  constructor(config: SqliteDialectConfig, gate: () => Promise<void>) {
    super(config);
    this.#gate = gate;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.#gate();
    return super.acquireConnection();
  }
}

class GatedSqliteDialect extends SqliteDialect {
  readonly #create: () => Driver;

  constructor(config: SqliteDialectConfig, gate: () => Promise<void>) {
    super(config);
    this.#create = () => new GatedDriver(config, gate);
  }

  override createDriver(): Driver {
    return this.#create();
  }
}

/**
 * Kysely over an open node:sqlite database. `guard` is called before each statement and may throw; `gate` is awaited before
 * each query (of a transaction: before it begins).
 */
export function kyselyOver<DB>(database: DatabaseSync, guard: () => void = () => {}, gate?: () => Promise<void>): Kysely<DB> {
  const connection = adapter(database, guard);
  const config: SqliteDialectConfig = { database: connection };
  return new DirectKysely<DB>(gate ? new GatedSqliteDialect(config, gate) : new SqliteDialect(config), async (query) => {
    if (gate) await gate();
    return runOn(connection, query);
  });
}

function runOn<R>(connection: SqliteDialectConfigDatabase, { sql: text, parameters }: CompiledQuery<R>): QueryResult<R> {
  const statement = connection.prepare(text);
  if (statement.reader) return { rows: statement.all(parameters) as R[] };
  return { rows: [], numAffectedRows: BigInt(statement.run(parameters).changes) };
}

/** Transactions and savepoints on one connection. */
export function groupConnection(database: DatabaseSync): GroupConnection {
  const savepoint = database.prepare("SAVEPOINT member");
  const release = database.prepare("RELEASE member");
  const back = database.prepare("ROLLBACK TO member");
  return {
    begin: () => mapped(() => database.exec("BEGIN IMMEDIATE")),
    savepoint: () => mapped(() => void savepoint.run()),
    release: () => mapped(() => void release.run()),
    rollbackToSavepoint: () =>
      mapped(() => {
        back.run();
        release.run();
      }),
    commit: () => mapped(() => database.exec("COMMIT")),
    rollback: () => mapped(() => database.exec("ROLLBACK")),
    // After some errors (a full disk) SQLite has rolled the whole transaction back by itself.
    inTransaction: () => database.isTransaction,
  };
}
