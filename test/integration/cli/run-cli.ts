import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const program = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));
export const python = process.env["FLYTE_TEST_PYTHON"] || path.join(os.homedir(), ".cache/flyte-test-python/bin/python");

/** An empty folder that is HOME and working folder of command lines, run from the bundle in dist. */
export class Workspace implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Workspace> {
    return new Workspace(await mkdtemp(path.join(os.tmpdir(), "flyte-cli-")));
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    return spawn(process.execPath, [program, ...args], {
      cwd: this.directory,
      env: { HOME: this.directory, PATH: "/usr/bin:/bin", LANG: "C.UTF-8", FLYTE_PYTHON: python, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    return finished(this.start(args, env));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

export function finished(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
