import os from "node:os";
import path from "node:path";
import { openLocalCompute } from "../compute/local/open-local-compute.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";
import type { HostConfig } from "./host-config.ts";

/** Attempts as processes of this machine, as `config` says. */
export function openCompute(
  config: HostConfig,
  logger: Logger,
  fetchCode: (uri: string) => Promise<AsyncIterable<Uint8Array>>,
): ReturnType<typeof openLocalCompute> {
  return openLocalCompute({
    directory: path.join(config.dataDir, "compute"),
    interpreter: config.python === undefined ? undefined : { path: config.python },
    slots: config.slots || os.availableParallelism(),
    warm: config.warm ?? true,
    secretsFile: config.secretsFile,
    clock: systemClock,
    random: systemRandom,
    codeCache: path.join(config.dataDir, "code"),
    fetchCode,
    logger,
    ...(config.retention ? { retention: config.retention } : {}),
  });
}

/** Ends what a daemon that is gone left running on this machine; pods are the cluster's, and the next daemon's. */
export async function endLeftovers(config: HostConfig, logger: Logger): Promise<void> {
  if (config.kubernetes !== undefined) return;
  const compute = await openCompute(config, logger, async () => {
    throw new Error("nothing is started while attempts are ended");
  });
  await compute.endAll();
  await compute.close();
}
