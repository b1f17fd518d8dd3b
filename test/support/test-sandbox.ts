import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { inject } from "vitest";
import { freePortBase } from "./free-port-base.ts";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Endpoints {
  readonly name: string;
  readonly admin: string;
  readonly console: string;
  readonly blob: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string; readonly bucket: string };
  readonly dataDir: string;
  readonly config: string;
  readonly pid: number;
}

/** An empty HOME with the installed package on PATH, this Node first. */
export class Home implements AsyncDisposable {
  readonly directory: string;
  readonly env: Record<string, string>;
  /** Error lines of the daemons' logs that the test provokes; any other fails it. */
  readonly expectedErrors: RegExp[] = [];

  private constructor(directory: string) {
    this.directory = directory;
    const python = path.dirname(testPython());
    this.env = {
      HOME: directory,
      PATH: [path.dirname(process.execPath), inject("flyteBin"), python, "/usr/local/bin", "/usr/bin", "/bin"].join(path.delimiter),
      LANG: "C.UTF-8",
      // Whatever happens is woken by what it waits for: the acceptance tests run without the safety net.
      FLYTE_REEVALUATION_INTERVAL: "0",
      // flytekit leaves its scratch directories behind.
      TMPDIR: path.join(directory, "tmp"),
      CI: "true",
    };
  }

  static async make(): Promise<Home> {
    const home = new Home(await mkdtemp(path.join(inject("runRoot"), "home-")));
    await mkdir(home.env["TMPDIR"] ?? "");
    return home;
  }

  flyte(...args: string[]): Promise<Ran> {
    return this.run("flyte", args);
  }

  /** The data of a command run with --json; throws with its stderr when it fails. */
  async data<T>(...args: string[]): Promise<T> {
    const ran = await this.flyte(...args, "--json");
    const answer = JSON.parse(ran.stdout || "{}") as { ok?: boolean; data?: T };
    if (ran.code !== 0 || !answer.ok) throw new Error(`flyte ${args.join(" ")} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
    return answer.data as T;
  }

  /** Starts a program, whose end is the caller's to see to. */
  begin(program: string, args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
    return spawn(program, args, { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
  }

  run(
    program: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        cwd: options.cwd ?? this.directory,
        env: { ...this.env, ...options.env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** Stops what runs and removes everything; throws when a daemon logged an error that `expectedErrors` does not name. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: string[] = [];
    for (const name of await this.#sandboxes()) {
      const { stdout } = await this.flyte("sandbox", "logs", "--name", name, "--lines", "100000");
      const lines = stdout.split("\n").filter((line) => line.includes('"level":"error"'));
      errors.push(...lines.filter((line) => !this.expectedErrors.some((expected) => expected.test(line))));
      await this.flyte("sandbox", "stop", "--name", name, "--delete-data");
    }
    await rm(this.directory, { recursive: true, force: true });
    if (errors.length > 0) throw new Error(`the engine logged errors:\n${errors.slice(0, 5).join("\n")}`);
  }

  async #sandboxes(): Promise<string[]> {
    const ran = await this.flyte("sandbox", "status", "--all", "--json");
    const answer = JSON.parse(ran.stdout || "{}") as { data?: { items: { name: string }[] } };
    return answer.data?.items.map((item) => item.name) ?? [];
  }
}

/** A sandbox of its own in a HOME of its own; `env` of the home points clients at it. */
export async function startTestSandbox(home: Home, ...flags: string[]): Promise<Endpoints> {
  const base = await freePortBase();
  const endpoints = await home.data<Endpoints>("sandbox", "start", "--port-base", String(base), "--python", testPython(), ...flags);
  home.env["FLYTECTL_CONFIG"] = endpoints.config;
  return endpoints;
}

/** The interpreter with the real clients; scripts/test.js sets it. */
export function testPython(): string {
  return process.env["FLYTE_TEST_PYTHON"] || path.join(os.homedir(), ".cache/flyte-test-python/bin/python");
}
