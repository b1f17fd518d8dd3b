import { readFileSync } from "node:fs";
import type { Logger } from "../std/logger.ts";
import { lockDataDirectory } from "./data-directory-lock.ts";
import { type ComputeConfig, openCompute } from "./open-compute.ts";

/** Ends the attempts that a daemon, perhaps of an older version, left running; of its configuration only their place is read. */
export async function endLeftovers(file: string, logger: Logger): Promise<void> {
  const config = JSON.parse(readFileSync(file, "utf8")) as ComputeConfig & { readonly name: string; readonly kubernetes?: unknown };
  // Pods are the cluster's, and the next daemon's.
  if (config.kubernetes !== undefined) return;
  const unlock = lockDataDirectory(config.dataDir, config.name);
  const compute = await openCompute(config, logger, async () => {
    throw new Error("nothing is started while attempts are ended");
  });
  await compute.endAll();
  await compute.close();
  unlock();
}
