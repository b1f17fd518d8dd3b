import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { Client, type ClientConfig } from "pg";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError } from "../../std/errors.ts";
import { sessionSettings } from "./postgres-dialect.ts";
import type { Tables } from "./schema.ts";
import type { AnnouncedTopic, Announcements } from "./sql-database.ts";

/** Of one schema's tables. Another one whenever the form of what is said on it changes, so that an older process is not confused. */
const channelOf = (schema: string): string => `flyte_2_${createHash("sha256").update(schema).digest("hex").slice(0, 32)}`;
const soonest = 100;
const latest = 5_000;
const holderTries = 50;

interface Listener {
  readonly topic: AnnouncedTopic;
  readonly hear: (about: WorkflowExecutionId | undefined, nodeId?: string) => void;
}

/** Who may hold a name at a time: see PostgresOptions. */
export interface Holder {
  readonly name: string;
  /** Another process took the name while the connection was lost. */
  readonly lost: () => void;
  /** It is held, at first or again. */
  readonly held: () => void;
}

/**
 * LISTEN and NOTIFY on a connection of its own, which is opened again when it is lost; what was announced in between is
 * missed, and subscribers are told that. The connection also holds the holder's name, by an advisory lock.
 */
export class PostgresAnnouncements implements Announcements {
  readonly #config: ClientConfig;
  readonly #clock: Clock;
  readonly #holder: Holder | undefined;
  readonly #own: string;
  readonly #listeners = new Set<Listener>();
  #channel = "";
  #client: Client | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  /** `own` tells what this process announced from what others did. */
  constructor(config: ClientConfig, clock: Clock, own: string, holder?: Holder) {
    this.#config = config;
    this.#clock = clock;
    this.#own = own;
    this.#holder = holder;
  }

  async announce(
    writer: Kysely<Tables>,
    topic: AnnouncedTopic,
    { project, domain, name }: WorkflowExecutionId,
    nodeId?: string,
  ): Promise<void> {
    const word = JSON.stringify([this.#own, topic, project, domain, name, ...(nodeId === undefined ? [] : [nodeId])]);
    await sql`select pg_notify(${this.#channel}, ${word})`.execute(writer);
  }

  subscribe(topic: AnnouncedTopic, hear: Listener["hear"]): () => void {
    const listener = { topic, hear };
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Rejects when the server cannot be reached, and with DATABASE_IN_USE when another process holds the name. */
  async open(): Promise<void> {
    const client = new Client(this.#config);
    client.on("error", () => this.#gone(client));
    client.on("end", () => this.#gone(client));
    client.on("notification", ({ payload = "" }) => {
      const [own, topic, project = "", domain = "", name = "", nodeId] = JSON.parse(payload) as string[];
      if (own === this.#own) return;
      for (const listener of this.#listeners) if (listener.topic === topic) listener.hear({ project, domain, name }, nodeId);
    });
    try {
      await client.connect();
      await client.query(sessionSettings);
      await this.#hold(client);
      this.#channel = channelOf(await schemaOf(client));
      await client.query(`listen ${this.#channel}`);
    } catch (thrown) {
      void client.end().catch(() => {});
      throw thrown;
    }
    this.#client = client;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  async #hold(client: Client): Promise<void> {
    if (!this.#holder) return;
    const { name } = this.#holder;
    for (let tries = 0; tries < holderTries; tries++) {
      // The session of a process that was killed ends a moment after it.
      const { rows } = await client.query<{ held: boolean }>("select pg_try_advisory_lock(hashtextextended($1, 0)) as held", [
        `flyte holder ${name} in `.concat(await schemaOf(client)),
      ]);
      if (rows[0]?.held) {
        this.#holder.held();
        return;
      }
      await new Promise<void>((resolve) => this.#clock.at(this.#clock.now() + soonest, resolve));
      if (this.#closed) return;
    }
    throw new FlyteError({
      code: "DATABASE_IN_USE",
      blame: "environment",
      message: `another process serves as "${name}" on this database`,
      hint: "stop that one first, or use another database",
      details: { name },
    });
  }

  #gone(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#reopen(soonest);
  }

  #reopen(delay: number): void {
    if (this.#closed) return;
    this.#cancel = this.#clock.at(this.#clock.now() + delay, () => {
      this.open().then(
        () => this.#missed(),
        (thrown: unknown) => {
          if (thrown instanceof FlyteError) this.#holder?.lost();
          this.#reopen(Math.min(delay * 2, latest));
        },
      );
    });
  }

  #missed(): void {
    for (const listener of this.#listeners) listener.hear(undefined);
  }
}

async function schemaOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ schema: string }>("select current_schema() as schema");
  return rows[0]?.schema ?? "";
}
