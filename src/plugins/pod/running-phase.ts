import type { Pod, PodStatus } from "../../ports/kubernetes-objects.ts";
import { permanentFailure, type ResourcePhase, retryableFailure } from "../machinery/resource-phase.ts";
import { allContainers, describeEnd, isKilled, isOutOfMemory, oomKilled } from "./container-end.ts";

/** A pod all of whose containers ended well. */
export function succeededPhase(status: PodStatus): ResourcePhase {
  const starved = allContainers(status).some(({ state }) => state?.terminated && isOutOfMemory(state.terminated));
  return starved ? retryableFailure(oomKilled, "Pod reported success despite being OOMKilled") : { phase: "SUCCESS" };
}

/** A running pod: as its main container is, or, where none is named, at its end once all containers have ended well. */
export function runningPhase(pod: Pod, primary: string | undefined): ResourcePhase {
  if (primary !== undefined) return primaryPhase(pod, primary);
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const done = [...containerStatuses, ...initContainerStatuses].every(({ state }) => state?.terminated?.exitCode === 0);
  return containerStatuses.length > 0 && done ? succeededPhase(pod.status ?? {}) : { phase: "RUNNING" };
}

/** A pod as its main container is. Flyte: flytek8s/pod_helper.go DeterminePrimaryContainerPhase. */
export function primaryPhase(pod: Pod, primary: string): ResourcePhase {
  const state = pod.status?.containerStatuses?.find(({ name }) => name === primary)?.state;
  if (state?.waiting || state?.running) return { phase: "RUNNING" };
  const end = state?.terminated;
  if (!end) {
    if (pod.spec.containers.some(({ name }) => name === primary)) return { phase: "RUNNING" };
    return permanentFailure("PrimaryContainerNotFound", `Primary container [${primary}] not found in pod's container statuses`);
  }
  if (end.exitCode === 0 && !isOutOfMemory(end)) return { phase: "SUCCESS" };
  // Out of memory is the task's own doing, though SIGKILL ends it too.
  const system = !isOutOfMemory(end) && isKilled(end);
  return retryableFailure(end.reason ?? "", describeEnd(primary, end), system ? "SYSTEM" : "USER");
}
