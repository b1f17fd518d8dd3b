import type { Pod } from "../../ports/kubernetes-objects.ts";
import type { ResourcePhase } from "../machinery/resource-phase.ts";
import { failedPhase } from "./failed-phase.ts";
import { pendingPhase } from "./pending-phase.ts";
import type { PodConfig } from "./pod-config.ts";
import { primaryContainerKey } from "./raw-pod.ts";
import { runningPhase, succeededPhase } from "./running-phase.ts";

/**
 * What a pod says of its attempt at `now`; undefined when nothing new can be told (its node does not answer).
 * Flyte: plugins/k8s/pod/plugin.go DemystifyPodStatus.
 */
export function phaseOfPod(pod: Pod, now: number, config: PodConfig): ResourcePhase | undefined {
  const status = pod.status ?? {};
  const primary = pod.metadata.annotations?.[primaryContainerKey];
  const times = timesOf(pod);
  switch (status.phase) {
    case "Succeeded":
      return { ...times, ...succeededPhase(status) };
    case "Failed":
      return { ...times, ...failedPhase(status, primary) };
    case undefined:
    case "":
    case "Pending":
      return pendingPhase(status, now, config);
    case "Unknown":
      return undefined;
    default:
      return { ...times, ...runningPhase(pod, primary) };
  }
}

/** When containers last began or ended, and when the first of the pod's own began. */
function timesOf(pod: Pod): Pick<ResourcePhase, "occurredAt" | "startedAt"> {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const changes = [...containerStatuses, ...initContainerStatuses].map(
    ({ state }) => state?.running?.startedAt ?? state?.terminated?.finishedAt,
  );
  const starts = containerStatuses.map(({ state }) => state?.running?.startedAt ?? state?.terminated?.startedAt);
  const occurredAt = Math.max(...times(changes));
  const startedAt = Math.min(...times(starts));
  return { ...(Number.isFinite(occurredAt) && { occurredAt }), ...(Number.isFinite(startedAt) && { startedAt }) };
}

function times(texts: readonly (string | undefined)[]): number[] {
  return texts.map((text) => Date.parse(text ?? "")).filter((time) => !Number.isNaN(time));
}
