import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { isProgram } from "../../src/std/is-program.ts";
import { freePort } from "./free-port.ts";

/** The directory of initdb and postgres: on PATH, or where Debian keeps them; undefined when there is none. */
export function postgresBinaries(): string | undefined {
  const packaged = "/usr/lib/postgresql";
  let versions: string[] = [];
  try {
    versions = readdirSync(packaged).sort((a, b) => Number(b) - Number(a));
  } catch {
    // Not a Debian.
  }
  const directories = [
    ...(process.env["PATH"] ?? "").split(path.delimiter),
    ...versions.map((version) => path.join(packaged, version, "bin")),
  ];
  return directories.find((directory) => directory !== "" && ["initdb", "postgres"].every((name) => isProgram(path.join(directory, name))));
}

/** Postgres refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const [, , uid, gid] = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody") ?? [];
  if (uid === undefined || gid === undefined) throw new Error("there is no user but root to run Postgres as");
  return { uid: Number(uid), gid: Number(gid) };
}

export const password = "p@ss/word:1";

/** A server of our own on loopback, with full synchronisation, and a locale that does not sort by code points. */
export class TestPostgres implements AsyncDisposable {
  readonly directory: string;
  readonly port: number;
  readonly #binaries: string;
  #server: ChildProcess | undefined;

  private constructor(binaries: string, directory: string, port: number) {
    this.#binaries = binaries;
    this.directory = directory;
    this.port = port;
  }

  static async start(): Promise<TestPostgres> {
    const binaries = postgresBinaries();
    if (binaries === undefined) throw new Error("no Postgres was found: initdb and postgres must be on PATH or in /usr/lib/postgresql");
    const directory = mkdtempSync(path.join(os.tmpdir(), "flyte-postgres-"));
    const user = unprivileged();
    writeFileSync(path.join(directory, "password"), password, { mode: 0o644 });
    if (user) for (const one of [directory, path.join(directory, "password")]) chownSync(one, user.uid, user.gid);
    const data = path.join(directory, "data");
    const flags = [
      "-D",
      data,
      "-U",
      "flyte",
      "-A",
      "scram-sha-256",
      `--pwfile=${path.join(directory, "password")}`,
      "-E",
      "UTF8",
      "--no-instructions",
    ];
    const made = spawnSync(path.join(binaries, "initdb"), [...flags, "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"], {
      cwd: directory,
      encoding: "utf8",
      ...user,
    });
    if (made.status !== 0) throw new Error(`initdb ended with ${made.status}: ${made.stderr}`);
    const postgres = new TestPostgres(binaries, directory, await freePort());
    await postgres.up();
    return postgres;
  }

  /** Of the database `name`, in `schema` when one is given. */
  url(name = "postgres", schema?: string): string {
    const base = `postgres://flyte:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${name}`;
    return schema === undefined ? base : `${base}?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
  }

  async up(): Promise<void> {
    const settings = {
      port: this.port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      fsync: "on",
      synchronous_commit: "on",
      max_connections: 200,
      logging_collector: "off",
      shared_buffers: "64MB",
    };
    const server = spawn(
      path.join(this.#binaries, "postgres"),
      ["-D", path.join(this.directory, "data"), ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      { cwd: this.directory, stdio: ["ignore", "ignore", "pipe"], ...unprivileged() },
    );
    let log = "";
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.once("exit", (code) => reject(new Error(`postgres ended with ${code}: ${log}`)));
      server.stderr.setEncoding("utf8").on("data", (text: string) => {
        log = `${log}${text}`.slice(-20_000);
        if (log.includes("ready to accept connections")) resolve();
      });
    });
    this.#server = server;
  }

  /** SIGINT ends it in order, SIGQUIT as a power cut would; both end all connections. */
  async down(signal: "SIGINT" | "SIGQUIT" = "SIGINT"): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down("SIGQUIT");
    rmSync(this.directory, { recursive: true, force: true });
  }
}
