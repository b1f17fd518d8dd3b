import { Client, type ClientConfig, type QueryConfig, type QueryResult } from "pg";
import { StatusError } from "../../idl/status.ts";
import type { GroupConnection } from "./group-commit.ts";
import { sessionSettings } from "./postgres-dialect.ts";
import { isContention, postgresStatusError } from "./postgres-errors.ts";

/**
 * The one connection that writes, opened again at the next group after it was lost. Transaction commands are sent ahead
 * without waiting for their answers: the commit's answer says whether all of them were obeyed.
 */
export class PostgresWriter implements GroupConnection {
  readonly #config: ClientConfig;
  readonly pipelined = true;
  #client: Client | undefined;
  #inTransaction = false;
  #failure: { readonly thrown: unknown; readonly again: boolean } | undefined;
  /** Why no more is written here: another process has taken this one's place. */
  fenced: string | undefined;

  constructor(config: ClientConfig) {
    this.#config = { ...config, pipeline: true };
  }

  readonly query = async (query: QueryConfig): Promise<QueryResult> => {
    const client = this.#client;
    if (!client) throw new StatusError("UNAVAILABLE", "the database cannot be reached");
    // Until the rollback to the savepoint the server would refuse it.
    if (this.#failure) throw postgresStatusError(this.#failure.thrown);
    try {
      return await client.query(query);
    } catch (thrown) {
      this.#failure ??= { thrown: postgresStatusError(thrown), again: isContention(thrown) };
      throw thrown;
    }
  };

  async begin(): Promise<void> {
    if (this.fenced !== undefined) throw new StatusError("UNAVAILABLE", this.fenced);
    await this.connect();
    this.#inTransaction = true;
    this.#failure = undefined;
    this.#send("begin isolation level read committed");
  }

  savepoint(): void {
    this.#failure = undefined;
    this.#send("savepoint member");
  }

  release(): void {
    this.#send("release savepoint member");
  }

  rollbackToSavepoint(): void {
    this.#failure = undefined;
    this.#send("rollback to savepoint member; release savepoint member");
  }

  async commit(): Promise<void> {
    const client = this.#client;
    if (!client) throw new StatusError("UNAVAILABLE", "the connection to the database was lost");
    let result: QueryResult;
    try {
      result = await client.query("commit");
    } catch (thrown) {
      throw postgresStatusError(thrown);
    } finally {
      this.#inTransaction = false;
    }
    // A transaction that an error has ended answers a commit like this, not with an error.
    if (result.command !== "COMMIT") throw new StatusError("ABORTED", "the transaction was rolled back by the database");
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    await this.#client?.query("rollback");
  }

  inTransaction(): boolean {
    return this.#inTransaction;
  }

  statementFailure(): { readonly thrown: unknown; readonly again: boolean } | undefined {
    return this.#failure;
  }

  /** Throws UNAVAILABLE when the server cannot be reached. */
  async connect(): Promise<void> {
    if (this.#client) return;
    const client = new Client(this.#config);
    const gone = (): void => {
      if (this.#client === client) {
        this.#client = undefined;
        this.#inTransaction = false;
      }
    };
    client.on("error", gone);
    client.on("end", gone);
    try {
      await client.connect();
      await client.query(sessionSettings);
    } catch (thrown) {
      void client.end().catch(() => {});
      throw postgresStatusError(thrown);
    }
    this.#client = client;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  #send(text: string): void {
    // Its failure shows in those after it.
    this.#client?.query(text).catch(() => {});
  }
}
