import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { inject } from "vitest";
import { type KindEnvironment, kindVariables } from "./kind-environment.ts";

const run = promisify(execFile);

/** The controllers of a cluster that begins wait for seconds when they may not ask as much as they want to. */
const hastened = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
kubeadmConfigPatches:
- |
  kind: ClusterConfiguration
  controllerManager: { extraArgs: { kube-api-qps: "500", kube-api-burst: "1000" } }
`;

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

  /** With images of the Docker engine, under their own names: the node takes them while its cluster begins. */
  static async create(name: string, ...images: readonly string[]): Promise<KindCluster> {
    const environment = inject("kind");
    const cluster = new KindCluster(name, environment);
    const image = environment.nodeImage === "" ? [] : ["--image", environment.nodeImage];
    const config = path.join(cluster.#directory, "kind.yaml");
    writeFileSync(config, hastened);
    try {
      const created = cluster.call("kind", ["create", "cluster", "--name", name, "--config", config, ...image]);
      // All of it, or what fails last would go on beside the removal.
      const ended = await Promise.allSettled([created, ...images.map((one) => cluster.#load(one, created))]);
      for (const one of ended) if (one.status === "rejected") throw one.reason;
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

  /** As `kind load`, which begins only when the cluster is there, and takes one image after the other. */
  async #load(image: string, created: Promise<unknown>): Promise<void> {
    const node = `${this.name}-control-plane`;
    const isUp = async (): Promise<boolean> =>
      this.call("docker", ["exec", node, "ctr", "version"]).then(
        () => true,
        () => false,
      );
    while (!(await isUp())) await Promise.race([created, sleep(200)]);
    const command = `docker save '${image}' | docker exec --interactive '${node}' ctr --namespace=k8s.io images import --all-platforms --digests --snapshotter=overlayfs -`;
    await this.call("bash", ["-o", "pipefail", "-c", command]);
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
    if (!existsSync(this.#directory)) return;
    await this.call("kind", ["delete", "cluster", "--name", this.name]);
    // kind makes the network and leaves it.
    await this.call("docker", ["network", "rm", this.name]).catch(() => undefined);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
