import os from "node:os";
import type { HostConfig } from "./host-config.ts";

/** Attempts at a time. */
export function slotsOf({ slots }: Pick<HostConfig, "slots">): number {
  return slots || os.availableParallelism();
}
