import type { CreateTableBuilder, Kysely, SelectQueryBuilder } from "kysely";
import type { Clock } from "../../std/clock.ts";
import type { Tables } from "./schema.ts";

/** What differs between SQLite and Postgres, for repositories and migrations. */
export interface SqlDialect {
  /** Column types of a migration; text is "text" everywhere. */
  readonly bytesType: "blob" | "bytea";
  readonly integerType: "integer" | "bigint";
  /** Adds `id`, the primary key: given by the database, rising, never used twice. */
  withKey<Table extends string, Columns extends string>(
    table: CreateTableBuilder<Table, Columns>,
  ): CreateTableBuilder<Table, Columns | "id">;
  /** Holds the rows read until the end of the transaction. */
  lockRows<DB, TB extends keyof DB, O>(select: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
}

/** What repositories that write need beside their tables. */
export interface SqlContext {
  readonly clock: Clock;
  readonly dialect: SqlDialect;
}

/** An open database, migrated to the present format. */
export interface SqlDatabase extends SqlContext {
  /** Sees what is committed. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs `work` in a transaction of its own (a savepoint: several share a commit) and resolves with its result when that
   * is durable. What `work` throws undoes it alone. The work awaits nothing but queries on the Kysely it is given.
   */
  write<T>(work: (writer: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** Waits for what is queued, then closes; later writes are refused with UNAVAILABLE. */
  close(): Promise<void>;
}
