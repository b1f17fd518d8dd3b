import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject } from "vitest";
import { freePortBase } from "../../support/free-port-base.ts";
import type { Home } from "../../support/test-sandbox.ts";
import { docker, imageFlags, kindHome, testImages } from "../kind-home.ts";

const workspace = path.join(import.meta.dirname, "../workspace");

export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly { readonly state?: { readonly terminated?: object } }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface Execution {
  readonly phase: string;
  readonly outputs: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly code: string; readonly message: string; readonly kind: string } | null;
}

interface Attempt {
  readonly attempt: number;
  readonly phase: string;
  readonly reason: string;
  readonly error: { readonly code: string; readonly message: string; readonly kind: string } | null;
}

/** A sandbox on kind whose tasks are pods, for the tests of pods: what clients and kubectl do to it. */
export class ClusterOfTasks implements AsyncDisposable {
  readonly home: Home;
  readonly name: string;
  readonly portBase: number;

  private constructor(home: Home, name: string, portBase: number) {
    this.home = home;
    this.name = name;
    this.portBase = portBase;
  }

  static async start(name: string): Promise<ClusterOfTasks> {
    const cluster = new ClusterOfTasks(await kindHome(), name, await freePortBase());
    try {
      const { config } = await cluster.sandbox<{ config: string }>("start", ...cluster.startFlags);
      cluster.home.env["FLYTECTL_CONFIG"] = config;
      await cluster.sandbox("load", inject("kind").flytekitImage);
      // Its programs ask for any image with a shell.
      cluster.home.env["RAW_IMAGE"] = inject("kind").flytekitImage;
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get startFlags(): readonly string[] {
    return ["--backend", "kind", "--port-base", String(this.portBase), ...imageFlags(testImages())];
  }

  get node(): string {
    return `flyte-${this.name}-control-plane`;
  }

  /** `flyte sandbox COMMAND`, for this one. */
  sandbox<T>(command: string, ...args: readonly string[]): Promise<T> {
    return this.home.data<T>("sandbox", command, "--name", this.name, ...args);
  }

  kubectl(...args: readonly string[]): string {
    return docker("exec", this.node, "kubectl", ...args);
  }

  /** Objects that are written down; `kubectl apply`. */
  apply(...objects: readonly object[]): void {
    const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    docker("exec", this.node, "sh", "-c", 'printf %s "$1" | kubectl apply --filename -', "sh", text);
  }

  podsOf(execution: string, namespace = "flytesnacks-development"): readonly Pod[] {
    const listed = this.kubectl("get", "pods", "--namespace", namespace, "--selector", `execution-id=${execution}`, "--output", "json");
    return (JSON.parse(listed) as { readonly items: readonly Pod[] }).items;
  }

  async runningPod(execution: string, namespace?: string): Promise<Pod> {
    return this.until(`a pod of ${execution} runs`, () =>
      this.podsOf(execution, namespace).find(({ status }) => status.phase === "Running"),
    );
  }

  /** The real client, in the workspace of these tests' programs. */
  async pyflyte(...args: readonly string[]): Promise<string> {
    const ran = await this.home.run("pyflyte", args, { cwd: workspace });
    if (ran.code !== 0) throw new Error(`pyflyte ${args.join(" ")} ended with ${ran.code}: ${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  }

  /** Starts a workflow by the real client, with its code registered by it; the execution's name. */
  async run(file: string, workflow: string, inputs: readonly string[], project = "flytesnacks"): Promise<string> {
    const image = inject("kind").flytekitImage;
    const said = await this.pyflyte("run", "--remote", "--image", image, "--project", project, file, workflow, ...inputs);
    const found = /executions\/(\w+)/.exec(said)?.[1];
    if (found === undefined) throw new Error(`pyflyte names no execution: ${said}`);
    return found;
  }

  /** Registers programs by the real client as version v1, fast: their code goes by itself. */
  async register(domain: string, ...files: readonly string[]): Promise<void> {
    const image = inject("kind").flytekitImage;
    await this.pyflyte("register", "--project", "flytesnacks", "--domain", domain, "--version", "v1", "--image", image, ...files);
  }

  /** Starts what is registered, by our own client; its URN. */
  async launch(workflow: string, name: string, inputs: Readonly<Record<string, unknown>> = {}, domain = "development"): Promise<string> {
    const flags = Object.entries(inputs).flatMap(([key, value]) => [
      "--input",
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]);
    const { urn } = await this.home.data<{ urn: string }>(
      "launch",
      `lp:flytesnacks:${domain}:${workflow}:v1`,
      "--name",
      name,
      "--domain",
      domain,
      ...flags,
    );
    return urn;
  }

  /** What became of an execution, by name or URN. */
  async ended(execution: string): Promise<Execution> {
    await this.home.flyte("watch", execution);
    return this.home.data<Execution>("get", "execution", execution);
  }

  /** The attempts of a node, the first one first. */
  async attempts(execution: string, node = "n0", domain = "development"): Promise<readonly Attempt[]> {
    const urn = `ne:flytesnacks:${domain}:${execution}:${node}`;
    const { items } = await this.home.data<{ items: readonly Attempt[] }>("get", "task-execution", urn);
    return items.toSorted((one, two) => one.attempt - two.attempt);
  }

  /** Resolves with what `look` finds; fails after two minutes. */
  async until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
    for (let tries = 0; tries < 600; tries++) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      await sleep(200);
    }
    throw new Error(`waited in vain: ${what}`);
  }

  /** Whether admin answers, asked by a process of its own: fetch would take up a connection to a pod that is gone. */
  async answers(): Promise<boolean> {
    return (await this.home.flyte("get", "project")).code === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]();
  }
}
