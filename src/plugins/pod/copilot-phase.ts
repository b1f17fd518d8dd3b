import type { ContainerState, Pod } from "../../ports/kubernetes-objects.ts";
import { type ResourcePhase, retryableFailure } from "../machinery/resource-phase.ts";
import { describeEnd, isKilled } from "./container-end.ts";
import { type CopilotConfig, downloaderOf, uploaderOf } from "./copilot-config.ts";
import { primaryContainerKey } from "./raw-pod.ts";
import { primaryPhase } from "./running-phase.ts";

/**
 * What a pod with a copilot says, where that is another thing than it would say without: an attempt ends when its outputs are
 * there and not with its main container; a failure is the main container's, not the pod's; inputs that could not be fetched
 * are no failure of the task's program. `found` is what any pod in this state would say.
 */
export function copilotPhase(pod: Pod, found: ResourcePhase, config: CopilotConfig): ResourcePhase {
  const { initContainerStatuses = [], containerStatuses = [], phase } = pod.status ?? {};
  const stateOf = (name: string | undefined): ContainerState | undefined =>
    [...initContainerStatuses, ...containerStatuses].find((one) => one.name === name)?.state;
  const { error: _, ...times } = found;
  const download = stateOf(downloaderOf(config))?.terminated;
  if (download && download.exitCode !== 0 && phase === "Failed") {
    const message = describeEnd(downloaderOf(config), download);
    return { ...times, ...retryableFailure("InputDownloadFailed", message, isKilled(download) ? "SYSTEM" : "USER") };
  }
  const uploader = uploaderOf(config);
  const primary = pod.metadata.annotations?.[primaryContainerKey];
  if (primary === undefined || !pod.spec.initContainers?.some(({ name }) => name === uploader)) return found;
  const end = stateOf(primary)?.terminated;
  if (!end) return found;
  if (phase === "Running" && !stateOf(uploader)?.terminated) return { ...times, phase: "RUNNING" };
  // A pod that its node took away has more to say than its containers.
  if (phase === "Failed" && !pod.status?.reason) return { ...times, ...primaryPhase(pod, primary) };
  return found;
}
