import path from "node:path";
import { openLocalCompute } from "../compute/local/open-local-compute.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";
import type { HostConfig } from "./host-config.ts";
import { slotsOf } from "./slots-of.ts";

export type ComputeConfig = Pick<HostConfig, "dataDir" | "python" | "slots" | "warm" | "secretsFile" | "retention">;

/** Attempts as processes of this machine, as `config` says. */
export function openCompute(
  config: ComputeConfig,
  logger: Logger,
  fetchCode: (uri: string) => Promise<AsyncIterable<Uint8Array>>,
): ReturnType<typeof openLocalCompute> {
  return openLocalCompute({
    directory: path.join(config.dataDir, "compute"),
    interpreter: config.python === undefined ? undefined : { path: config.python },
    slots: slotsOf(config),
    warm: config.warm ?? true,
    secretsFile: config.secretsFile ?? path.join(config.dataDir, "secrets.yaml"),
    clock: systemClock,
    random: systemRandom,
    codeCache: path.join(config.dataDir, "code"),
    fetchCode,
    logger,
    ...(config.retention ? { retention: config.retention } : {}),
  });
}
