import type Docker from "dockerode";
import type { ComputeSpec } from "../../ports/compute-backend.ts";
import { parseQuantity } from "../../std/quantity.ts";
import { attemptLabel, type ContainerOwner, ownerLabels } from "./engine-labels.ts";

export interface ContainerSettings {
  readonly owner: ContainerOwner;
  /** Cores of the engine: it refuses a limit beyond them. */
  readonly cores: number;
  /** Whether a small program of Docker's is the first process: it hands signals on, which the first process else ignores. */
  readonly init: boolean;
}

/** The engine keeps so much of a log, in two files; what comes first goes first. */
const logFile = "32m";
const leastCores = 0.01;

/** Whole, and so that it names a sandbox's container to people. */
export function containerName({ sandbox }: ContainerOwner, attempt: string): string {
  return `flyte-${sandbox}-${attempt}`;
}

/** What an attempt's container is made of; `variables` are its secrets. */
export function containerOptions(
  spec: ComputeSpec,
  variables: Readonly<Record<string, string>>,
  settings: ContainerSettings,
): Docker.ContainerCreateOptions {
  const { command, entryPointWords = command.length, labels } = spec;
  const memory = amount(spec.limits?.memory);
  const cpu = amount(spec.limits?.cpu);
  const gpus = Math.ceil(amount(spec.limits?.gpu ?? spec.resources.gpu));
  return {
    name: containerName(settings.owner, spec.name),
    Image: spec.image,
    ...(entryPointWords > 0 && { Entrypoint: command.slice(0, entryPointWords) }),
    Cmd: command.slice(entryPointWords),
    Env: Object.entries({ ...variables, ...spec.env }).map(([name, value]) => `${name}=${value}`),
    Labels: {
      ...ownerLabels(settings.owner),
      [attemptLabel]: spec.name,
      // As pods of Flyte's have them.
      "execution-id": labels["execution"] ?? "",
      project: labels["project"] ?? "",
      domain: labels["domain"] ?? "",
      "node-id": labels["node"] ?? "",
      "task-name": labels["task"] ?? "",
    },
    HostConfig: {
      Init: settings.init,
      NetworkMode: "bridge",
      LogConfig: { Type: "json-file", Config: { "max-size": logFile, "max-file": "2" } },
      // As much swap as there is memory would be had beside it.
      ...(memory > 0 && { Memory: Math.ceil(memory), MemorySwap: Math.ceil(memory) }),
      ...(cpu > 0 && { NanoCpus: Math.round(Math.min(Math.max(cpu, leastCores), settings.cores) * 1e9) }),
      ...(gpus > 0 && { DeviceRequests: [{ Driver: "", Count: gpus, Capabilities: [["gpu"]] }] }),
    },
  };
}

function amount(quantity: string | undefined): number {
  return parseQuantity(quantity ?? "") ?? 0;
}
