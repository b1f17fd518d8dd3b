import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export const minioCredentials = { accessKey: "minio", secretKey: "mini+storage/secret" };

/** MinIO on loopback with a directory of its own. */
export class TestMinio implements AsyncDisposable {
  readonly endpoint: string;
  readonly #directory: string;
  readonly #server: ChildProcess;

  private constructor(endpoint: string, directory: string, server: ChildProcess) {
    this.endpoint = endpoint;
    this.#directory = directory;
    this.#server = server;
  }

  /** `program` as scripts/test-minio.js finds it. */
  static async start(program: string): Promise<TestMinio> {
    const directory = mkdtempSync(path.join(os.tmpdir(), "flyte-minio-"));
    const address = `127.0.0.1:${await freePort()}`;
    const server = spawn(program, ["server", "--quiet", "--address", address, path.join(directory, "data")], {
      cwd: directory,
      stdio: "ignore",
      env: {
        HOME: directory,
        PATH: process.env["PATH"],
        MINIO_ROOT_USER: minioCredentials.accessKey,
        MINIO_ROOT_PASSWORD: minioCredentials.secretKey,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      },
    });
    const minio = new TestMinio(`http://${address}`, directory, server);
    for (const deadline = Date.now() + 30_000; !(await minio.#answers()); await pause(50)) {
      if (server.exitCode !== null || Date.now() > deadline) {
        await minio[Symbol.asyncDispose]();
        throw new Error(`${program} did not serve`);
      }
    }
    return minio;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.endpoint}/minio/health/ready`)).ok;
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode === null && this.#server.signalCode === null) {
      const ended = once(this.#server, "exit");
      this.#server.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
