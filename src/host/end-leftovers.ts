import { readFileSync } from "node:fs";
import type { Logger } from "../std/logger.ts";
import { lockDataDirectory } from "./data-directory-lock.ts";
import type { DockerConfig } from "./host-config.ts";
import { type ComputeConfig, openCompute } from "./open-compute.ts";

interface LeftConfig extends ComputeConfig {
  readonly name: string;
  readonly kubernetes?: unknown;
  readonly docker?: DockerConfig;
}

/** Ends the attempts that a daemon, perhaps of an older version, left running; of its configuration only their place is read. */
export async function endLeftovers(file: string, logger: Logger): Promise<void> {
  const config = JSON.parse(readFileSync(file, "utf8")) as LeftConfig;
  // Pods are the cluster's, and the next daemon's.
  if (config.kubernetes !== undefined) return;
  // First: where its engine does not answer, whoever asks again finds everything as it was.
  const docker = config.docker && (await (await import("./open-docker.ts")).openDocker(config.docker));
  const unlock = lockDataDirectory(config.dataDir, config.name);
  const compute = docker
    ? await docker.compute(config, logger, false)
    : await openCompute(config, logger, async () => {
        throw new Error("nothing is started while attempts are ended");
      });
  await compute.endAll();
  await compute.close();
  unlock();
}
