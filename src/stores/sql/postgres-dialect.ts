import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from "kysely";
import { types } from "pg";
import type { ClientConfig, QueryConfig, QueryResult as PgResult } from "pg";
import { StatusError } from "../../idl/status.ts";
import { DirectKysely } from "./direct-kysely.ts";
import { postgresStatusError } from "./postgres-errors.ts";
import type { SqlDialect } from "./sql-database.ts";

// All that differs from SQLite is in this file: types, settings of a connection, row locks; errors are in postgres-errors.ts.

/** Postgres's part in repositories and migrations. */
export const postgresDialect: SqlDialect = {
  textType: sql`text collate "C"`,
  bytesType: "bytea",
  integerType: "bigint",
  withKey: (table) => table.addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity()),
  lockRows: (select) => select.forUpdate(),
  async lockName(writer, name) {
    await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(writer);
  },
  async tableNames(db) {
    const found = await sql<{ table_name: string }>`
      select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'`.execute(db);
    return found.rows.map((row) => row.table_name);
  },
};

const int8 = 20;
const bytea = 17;

/** Whole numbers of 53 bits as numbers (beyond: RangeError), bytes as Uint8Array. */
export const columnTypes: NonNullable<ClientConfig["types"]> = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (format !== "binary" && oid === int8) return wholeNumber;
    if (format !== "binary" && oid === bytea) return bytesOfHex;
    return types.getTypeParser(oid, format as "text");
  },
} as NonNullable<ClientConfig["types"]>;

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is more than 53 bits`);
  return number;
}

function bytesOfHex(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length - 2) / 2);
  Buffer.from(bytes.buffer).write(text.slice(2), "hex");
  return bytes;
}

/** Settings that correctness rests on, whatever those of the server or the role are. */
export const sessionSettings = [
  "set standard_conforming_strings = on",
  "set default_transaction_isolation = 'read committed'",
  "set default_transaction_read_only = off",
  // A lock is held for a commit at most; who waits longer tries again, and a process that stands still loses its own.
  "set lock_timeout = '10s'",
  "set idle_in_transaction_session_timeout = '30s'",
  "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
].join("; ");

/**
 * For queries that an index has in their order: no other is read and sorted instead, though with statistics of another day,
 * or none, that may look as cheap.
 */
export const followIndexes = "set enable_sort = off";

const namedStatements = 500;
const names = new Map<string, string>();

/** A statement's name on every connection: it is parsed there once. Undefined for more texts than a server should keep. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= namedStatements) return known;
  const name = `flyte${names.size}`;
  names.set(text, name);
  return name;
}

/** Runs one query somewhere. */
export type RunQuery = (query: QueryConfig) => Promise<PgResult>;

class Connection implements DatabaseConnection {
  readonly #run: RunQuery;

  constructor(run: RunQuery) {
    this.#run = run;
  }

  async executeQuery<R>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    for (const value of parameters) {
      if (typeof value === "string" && value.includes("\0")) {
        throw new StatusError("INVALID_ARGUMENT", "text may not hold the character NUL");
      }
    }
    const name = nameOf(text);
    try {
      const { command, rowCount, rows } = await this.#run({ text, values: [...parameters], ...(name === undefined ? {} : { name }) });
      const changes = command === "INSERT" || command === "UPDATE" || command === "DELETE";
      return { rows: rows as R[], ...(changes ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
    } catch (thrown) {
      throw postgresStatusError(thrown);
    }
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error("results are not streamed");
  }
}

/** Kysely over whatever runs a query. Transactions only where `run` uses one connection. */
export function kyselyOverPostgres<DB>(run: RunQuery): Kysely<DB> {
  const connection = new Connection(run);
  const command = (text: string) => async (): Promise<void> => {
    await run({ text });
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: command("begin"),
    commitTransaction: command("commit"),
    rollbackTransaction: command("rollback"),
    releaseConnection: async () => {},
    destroy: async () => {},
  };
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new DirectKysely<DB>(dialect, (query) => connection.executeQuery(query));
}
