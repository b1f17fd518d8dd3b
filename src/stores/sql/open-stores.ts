import type { JoinedStore } from "../../ports/joined-store.ts";
import type { ResourceManager } from "../../ports/resource-manager.ts";
import type { StateStore } from "../../ports/state-store.ts";
import type { WorkflowStore } from "../../ports/workflow-store.ts";
import type { PostgresOptions } from "./open-postgres.ts";
import { openSqlite, type SqliteOptions } from "./open-sqlite.ts";
import { sqlResourceManager } from "./resource-manager.ts";
import { sqlStateStore } from "./state-store.ts";
import { sqlWorkflowStore } from "./workflow-store.ts";

export interface Stores {
  readonly state: StateStore;
  readonly workflows: WorkflowStore;
  readonly resources: ResourceManager;
  /** State and workflows in one transaction. */
  readonly joined: JoinedStore;
  /** Waits for the writes that are queued, then closes. */
  close(): Promise<void>;
}

/** All stores over one database, a SQLite file or a Postgres server's: see openSqlite and openPostgres for errors. */
export async function openStores(options: SqliteOptions | PostgresOptions): Promise<Stores> {
  // Loaded only when asked for: the client of Postgres costs a start 30 ms.
  const database = "postgres" in options ? await (await import("./open-postgres.ts")).openPostgres(options) : await openSqlite(options);
  const state = sqlStateStore(database);
  const workflows = sqlWorkflowStore(database);
  const resources = sqlResourceManager(database, (execution, nodeId) => workflows.wake(execution, nodeId));
  return { state, workflows, resources, joined: state, close: () => database.close() };
}
