import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { inject } from "vitest";
import { type AdminClient, adminClient } from "../../src/client/admin-client.ts";
import { connect, type FlyteClient } from "../../src/client/connect.ts";
import { freePort } from "../support/free-port.ts";
import { minioBucket } from "../support/minio-bucket.ts";
import { minioCredentials } from "../support/minio.ts";
import { freshSchema } from "../support/postgres-schema.ts";
import { Home, testPython } from "../support/test-sandbox.ts";

export const parts = ["admin-0", "admin-1", "catalog", "propeller-0", "propeller-1", "scheduler-0", "scheduler-1"] as const;
export type Part = (typeof parts)[number];
const roleOf: Readonly<Record<Part, string>> = {
  "admin-0": "admin",
  "admin-1": "admin",
  catalog: "datacatalog",
  "propeller-0": "propeller",
  "propeller-1": "propeller",
  "scheduler-0": "scheduler",
  "scheduler-1": "scheduler",
};
const adminOf: Readonly<Record<Part, "admin-0" | "admin-1">> = {
  "admin-0": "admin-0",
  "admin-1": "admin-1",
  catalog: "admin-0",
  "propeller-0": "admin-0",
  "propeller-1": "admin-1",
  "scheduler-0": "admin-0",
  "scheduler-1": "admin-1",
};

type Store = Awaited<ReturnType<typeof minioBucket>>;
type Schema = Awaited<ReturnType<typeof freshSchema>>;

/** Every role in processes of its own, as `flyte serve` of the installed package runs them: on one Postgres and a bucket in MinIO. */
export class PlanesHost implements AsyncDisposable {
  readonly home: Home;
  readonly ports: Readonly<Record<Part, number>>;
  readonly admins: readonly [AdminClient, AdminClient];
  readonly #store: Store;
  readonly #clients: readonly FlyteClient[];
  readonly #schema: Schema;
  readonly #running = new Map<Part, ChildProcess>();

  private constructor(home: Home, ports: Record<Part, number>, store: Store, schema: Schema) {
    this.home = home;
    this.ports = ports;
    this.#store = store;
    this.#schema = schema;
    const client = (part: Part): FlyteClient => connect({ endpoint: `localhost:${ports[part]}`, insecure: true });
    const [one, two] = [client("admin-0"), client("admin-1")];
    this.#clients = [one, two];
    this.admins = [adminClient(one), adminClient(two)];
  }

  /** All parts, serving. */
  static async make(): Promise<PlanesHost> {
    const [home, store, schema] = await Promise.all([Home.make(), minioBucket(), freshSchema()]);
    const ports = Object.fromEntries(await Promise.all(parts.map(async (part) => [part, await freePort()]))) as Record<Part, number>;
    const host = new PlanesHost(home, ports, store, schema);
    mkdirSync(host.#file("work"));
    writeFileSync(host.#file("client.yaml"), `admin:\n  endpoint: dns:///localhost:${ports["admin-1"]}\n  insecure: true\n`);
    home.env["FLYTECTL_CONFIG"] = host.#file("client.yaml");
    try {
      await Promise.all(parts.map((part) => host.start(part)));
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The file tasks tell of themselves in. */
  get judge(): string {
    return this.#file("judge");
  }

  /** Starts a part and resolves when it serves. */
  async start(part: Part): Promise<void> {
    const config = {
      name: part,
      dataDir: this.#file(`data/${part}`),
      owner: part,
      database: { env: "PLANES_DATABASE" },
      links: { admin: `localhost:${this.ports[adminOf[part]]}`, catalog: `localhost:${this.ports.catalog}` },
      ports: [this.ports[part]],
      objects: { store: "s3", ...this.#store, accessKey: minioCredentials.accessKey, secretKey: { file: this.#file("secret") } },
      python: testPython(),
      slots: 4,
      // Admins and schedulers are woken by what they wait for alone; of propellers the looks keep the leases.
      reevaluationInterval: roleOf[part] === "propeller" ? 10_000 : 0,
    };
    writeFileSync(this.#file("secret"), `${minioCredentials.secretKey}\n`, { mode: 0o600 });
    const file = this.#file(`${part}.json`);
    writeFileSync(file, JSON.stringify(config));
    const log = openSync(this.#file(`${part}.log`), "a");
    const child = spawn(path.join(inject("flyteBin"), "flyte"), ["serve", "--config", file, "--role", roleOf[part]], {
      cwd: this.#file("work"),
      stdio: ["ignore", log, log],
      env: { ...this.home.env, PLANES_DATABASE: this.#schema.url },
    });
    closeSync(log);
    this.#running.set(part, child);
    for (const deadline = Date.now() + 60_000; !(await this.#serves(part)); await pause(30)) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`${part} does not serve: ${this.log(part).slice(-3000)}`);
      }
    }
  }

  async end(part: Part, signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#running.get(part);
    this.#running.delete(part);
    if (!child) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }

  log(part: Part): string {
    return readFileSync(this.#file(`${part}.log`), "utf8");
  }

  /** What the tasks have told, in lines. */
  told(): readonly string[] {
    try {
      return readFileSync(this.judge, "utf8").trimEnd().split("\n");
    } catch {
      return [];
    }
  }

  async #serves(part: Part): Promise<boolean> {
    try {
      return (await fetch(`http://localhost:${this.ports[part]}/healthz`)).ok;
    } catch {
      return false;
    }
  }

  #file(name: string): string {
    return path.join(this.home.directory, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    for (const part of parts.toReversed()) await this.end(part, "SIGTERM");
    await this.#schema.drop();
    await this.home[Symbol.asyncDispose]();
  }
}
