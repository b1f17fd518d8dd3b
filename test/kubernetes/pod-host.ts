import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ClusterConfig, HostConfig, HostReport } from "../../src/host/host-config.ts";
import { freePortBase } from "../support/free-port-base.ts";

/** A daemon whose tasks are pods, woken by nothing but what happens: it never looks by itself. */
export class PodHost implements AsyncDisposable {
  readonly directory: string;
  readonly admin: string;
  readonly #ports: number;
  readonly #kubernetes: ClusterConfig;
  #running: ChildProcess | undefined;

  private constructor(ports: number, kubernetes: ClusterConfig) {
    this.directory = mkdtempSync(path.join(os.tmpdir(), "flyte-pods-"));
    this.#ports = ports;
    this.#kubernetes = kubernetes;
    this.admin = `localhost:${ports + 80}`;
  }

  static async make(
    kubeconfig: string,
    pods: ClusterConfig["pods"] = { injectFinalizer: true, deleteResourceOnFinalize: true },
  ): Promise<PodHost> {
    return new PodHost(await freePortBase(), { kubeconfig, pods });
  }

  async start(): Promise<void> {
    const config: HostConfig = {
      name: "pods",
      profile: "sandbox",
      dataDir: path.join(this.directory, "data"),
      ports: [this.#ports + 80],
      objects: { store: "files", port: this.#ports + 2, accessKey: "minio", secretKey: "miniostorage" },
      reevaluationInterval: 0,
      kubernetes: this.#kubernetes,
    };
    const file = path.join(this.directory, "config.json");
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const log = openSync(this.#log, "a");
    const script = fileURLToPath(new URL("../postgres/daemon.ts", import.meta.url));
    const child = spawn(process.execPath, [script, file], { stdio: ["ignore", log, log, "pipe"] });
    closeSync(log);
    let text = "";
    const report = child.stdio[3] as Readable;
    report.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    await once(report, "end");
    const answer = JSON.parse(text || "{}") as Partial<HostReport>;
    if (!answer.ready) throw new Error(`the daemon did not start: ${text}\n${this.log().slice(-3000)}`);
    this.#running = child;
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#running;
    this.#running = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  log(): string {
    return readFileSync(this.#log, "utf8");
  }

  get #log(): string {
    return path.join(this.directory, "daemon.log");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGTERM");
    rmSync(this.directory, { recursive: true, force: true });
  }
}
