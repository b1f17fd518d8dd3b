import path from "node:path";
import { openDockerCompute, type DockerBackend } from "../compute/docker/open-docker-compute.ts";
import { openDocker as connect } from "../compute/docker/docker-engine.ts";
import { taskNetwork, type TaskNetwork } from "../compute/docker/task-network.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import type { DockerConfig } from "./host-config.ts";
import type { ComputeConfig } from "./open-compute.ts";
import { slotsOf } from "./slots-of.ts";

/** A Docker engine that tasks run on. */
export interface OpenedDocker {
  readonly network: TaskNetwork;
  /** Takes up what was left there; without `start`, only to end it. */
  compute(config: ComputeConfig & { readonly name: string }, logger: Logger, start: boolean): Promise<DockerBackend>;
}

/** Finds the engine of `config`, and how its containers reach this machine. FlyteErrors say what is wrong with either. */
export async function openDocker({ address, imagePullGrace }: DockerConfig): Promise<OpenedDocker> {
  const { docker } = await connect(process.env, { ...(address !== undefined && { address }), without: "--compute local" });
  const network = await taskNetwork(docker);
  return {
    network,
    compute: (config, logger, start) =>
      openDockerCompute({
        docker,
        owner: { sandbox: config.name, dataDirectory: config.dataDir },
        directory: path.join(config.dataDir, "compute"),
        slots: slotsOf(config),
        secretsFile: config.secretsFile ?? path.join(config.dataDir, "secrets.yaml"),
        clock: systemClock,
        logger,
        start,
        ...(imagePullGrace !== undefined && { imagePullGrace }),
        ...(config.retention ? { retention: config.retention } : {}),
      }),
  };
}
