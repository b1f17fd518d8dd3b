import { incompatibleCluster } from "./event-refusals.ts";

/** Whether a producer's name says nothing about a cluster: none, or Flyte's default. */
export const namesNoCluster = (producer: string): boolean => producer === "" || producer === "propeller";

/**
 * Refuses events from a cluster other than the one that runs the execution: after a move, the old cluster's propeller
 * must not write any more. An execution whose cluster is not known yet takes any.
 */
export function checkCluster(recorded: string, producer: string): void {
  if (namesNoCluster(producer) || recorded === "" || recorded === producer) return;
  throw incompatibleCluster(recorded, producer);
}
