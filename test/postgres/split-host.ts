import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, closeSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Role } from "../../src/engine/engine.ts";
import type { HostConfig, HostReport } from "../../src/host/host-config.ts";
import { freePortBase } from "../support/free-port-base.ts";
import { freshSchema } from "../support/postgres-schema.ts";
import { testPython } from "../support/test-sandbox.ts";

type Part = "admin" | "propeller";
const rolesOf: Readonly<Record<Part, readonly Role[]>> = { admin: ["admin", "datacatalog"], propeller: ["propeller"] };

/** Admin with the datacatalog, and propeller, each a process of its own, on one Postgres and one directory of objects. */
export class SplitHost implements AsyncDisposable {
  readonly directory: string;
  readonly admin: string;
  readonly #ports: number;
  readonly #database: string;
  readonly #drop: () => Promise<void>;
  readonly #running = new Map<Part, ChildProcess>();

  private constructor(directory: string, ports: number, database: string, drop: () => Promise<void>) {
    this.directory = directory;
    this.#ports = ports;
    this.#database = database;
    this.#drop = drop;
    this.admin = `localhost:${ports + 80}`;
  }

  static async make(): Promise<SplitHost> {
    const { url, drop } = await freshSchema();
    return new SplitHost(mkdtempSync(path.join(os.tmpdir(), "flyte-split-")), await freePortBase(), url, drop);
  }

  /** Starts a part and resolves when it serves. */
  async start(part: Part): Promise<void> {
    const config: HostConfig = {
      name: part,
      dataDir: path.join(this.directory, part),
      database: this.#database,
      links: { admin: this.admin, catalog: this.admin },
      owner: "propeller-0",
      ports: [this.#ports + (part === "admin" ? 80 : 81)],
      objects: {
        store: "files",
        directory: path.join(this.directory, "objects"),
        port: this.#ports + 2,
        accessKey: "minio",
        secretKey: "miniostorage",
      },
      python: testPython(),
      secretsFile: path.join(this.directory, "secrets.yaml"),
      slots: 8,
    };
    const file = path.join(this.directory, `${part}.json`);
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const log = openSync(this.#log(part), "a");
    const script = fileURLToPath(new URL("daemon.ts", import.meta.url));
    const child = spawn(process.execPath, [script, file, "--role", rolesOf[part].join(",")], { stdio: ["ignore", log, log, "pipe"] });
    closeSync(log);
    let text = "";
    const report = child.stdio[3] as Readable;
    report.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    await once(report, "end");
    const answer = JSON.parse(text || "{}") as Partial<HostReport>;
    if (!answer.ready) throw new Error(`${part} did not start: ${text}\n${this.log(part).slice(-3000)}`);
    this.#running.set(part, child);
  }

  async end(part: Part, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#running.get(part);
    this.#running.delete(part);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  log(part: Part): string {
    return readFileSync(this.#log(part), "utf8");
  }

  #log(part: Part): string {
    return path.join(this.directory, `${part}.log`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("propeller", "SIGTERM");
    await this.end("admin", "SIGTERM");
    await this.#drop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
