import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { inject } from "vitest";
import { type KindEnvironment, kindVariables } from "./kind-environment.ts";

const run = promisify(execFile);

/** A kind cluster of a test's own, in a Docker network of its own; its kubeconfig is a file of its own too. */
export class KindCluster implements AsyncDisposable {
  readonly name: string;
  readonly environment: KindEnvironment;
  readonly #directory: string;

  private constructor(name: string, environment: KindEnvironment) {
    this.name = name;
    this.environment = environment;
    this.#directory = mkdtempSync(path.join(os.tmpdir(), "flyte-kind-"));
  }

  static async create(name: string): Promise<KindCluster> {
    const environment = inject("kind");
    const cluster = new KindCluster(name, environment);
    const image = environment.nodeImage === "" ? [] : ["--image", environment.nodeImage];
    try {
      await cluster.call("kind", ["create", "cluster", "--name", name, "--wait", "120s", ...image]);
      await cluster.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s");
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  get kubeconfig(): string {
    return path.join(this.#directory, "kubeconfig");
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return this.call("kubectl", args);
  }

  /** Images of the Docker engine become the node's, under their own names. */
  async load(...images: readonly string[]): Promise<void> {
    await this.call("kind", ["load", "docker-image", "--name", this.name, ...images]);
  }

  /** Runs a program for this cluster, and resolves with its output. */
  async call(program: string, args: readonly string[]): Promise<string> {
    const { stdout } = await run(program, args, { env: this.#env, cwd: this.#directory, maxBuffer: 16 << 20 });
    return stdout;
  }

  /** Starts a program for this cluster, whose end is the caller's to see to. */
  begin(program: string, args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    return spawn(program, args, { env: this.#env, cwd: this.#directory, stdio: ["ignore", "pipe", "inherit"] });
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...kindVariables(this.environment), KUBECONFIG: this.kubeconfig, KIND_EXPERIMENTAL_DOCKER_NETWORK: this.name };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.call("kind", ["delete", "cluster", "--name", this.name]);
    // kind makes the network and leaves it.
    await this.call("docker", ["network", "rm", this.name]).catch(() => undefined);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
