import type { CreateTableBuilder, Expression, Kysely, SelectQueryBuilder } from "kysely";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { Clock } from "../../std/clock.ts";
import type { WriteKind } from "../../ports/state-store.ts";
import type { Tables } from "./schema.ts";

/** What differs between SQLite and Postgres, for repositories and migrations. */
export interface SqlDialect {
  /** Column types of a migration. Text sorts by its code points on both, whatever the locale of the server. */
  readonly textType: "text" | Expression<unknown>;
  readonly bytesType: "blob" | "bytea";
  readonly integerType: "integer" | "bigint";
  /** Adds `id`, the primary key: given by the database, rising, never used twice. */
  withKey<Table extends string, Columns extends string>(
    table: CreateTableBuilder<Table, Columns>,
  ): CreateTableBuilder<Table, Columns | "id">;
  /** Holds the rows read until the end of the transaction. */
  lockRows<DB, TB extends keyof DB, O>(select: SelectQueryBuilder<DB, TB, O>): SelectQueryBuilder<DB, TB, O>;
  /** Held until the end of the transaction, by one at a time: for what is read and then written where there may be no row yet. */
  lockName(writer: Kysely<Tables>, name: string): Promise<void>;
  /** Names of the tables there are, ours and others'. */
  tableNames(db: Kysely<unknown>): Promise<readonly string[]>;
}

/** Inside a write: see SqlDialect.lockName. Outside nothing is held. */
export type LockName = (name: string) => Promise<void>;

/** What repositories that write need beside their tables. */
export interface SqlContext {
  readonly clock: Clock;
  readonly dialect: SqlDialect;
}

/**
 * What processes that share a database tell each other of: a workflow handed over or to be ended, or something that it waits for;
 * events for watchers; a schedule that began or ended (by its launch plan's name).
 */
export type AnnouncedTopic = "workflow" | "watch" | "schedule";

/** Words between processes that share a database. */
export interface Announcements {
  /** Inside a write: the other processes hear of it when that is committed. */
  announce(writer: Kysely<Tables>, topic: AnnouncedTopic, about: WorkflowExecutionId, nodeId?: string): Promise<void>;
  /** Called with what other processes announced of `topic`; with undefined when some of it may have been missed. */
  subscribe(topic: AnnouncedTopic, listener: (about: WorkflowExecutionId | undefined, nodeId?: string) => void): () => void;
}

/** An open database, migrated to the present format. */
export interface SqlDatabase extends SqlContext {
  /** Sees what is committed. */
  readonly reader: Kysely<Tables>;
  /** As reader, for lists that have an index (see listIndex): it is followed, whatever statistics say. */
  readonly inOrder: Kysely<Tables>;
  /**
   * Runs `work` in a transaction of its own (a savepoint: several share a commit) and resolves with its result when that
   * is durable. What `work` throws undoes it alone. The work awaits nothing but queries on the Kysely it is given.
   */
  write<T>(work: (writer: Kysely<Tables>) => Promise<T>, kind?: WriteKind): Promise<T>;
  /** Only where other processes may write, too. */
  readonly announcements?: Announcements;
  /** Waits for what is queued, then closes; later writes are refused with UNAVAILABLE. */
  close(): Promise<void>;
}
