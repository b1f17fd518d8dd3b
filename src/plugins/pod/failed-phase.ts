import type { PodStatus } from "../../ports/kubernetes-objects.ts";
import { type ResourcePhase, retryableFailure } from "../machinery/resource-phase.ts";
import { allContainers, describeEnd, isKilled, isOutOfMemory, oomKilled } from "./container-end.ts";

/** Reasons of a pod that say that its node went away, or did not take it. */
const nodeReasons = new Set(["Shutdown", "Terminated", "NodeShutdown", "NodeAffinity"]);
const unknown = "UnknownError";
const interrupted = "Interrupted";

/**
 * A pod that failed. Only memory and SIGKILL change the code; an ordinary exit code does not, so that a pod without a reason
 * of its own counts as the system's failure. Never final: what is, the task writes. Flyte: flytek8s/pod_helper.go DemystifyFailure.
 */
export function failedPhase(status: PodStatus, primary: string | undefined): ResourcePhase {
  let code = status.reason || unknown;
  let message = status.message || "Pod failed. No message received from kubernetes.";
  let system = nodeReasons.has(code);
  for (const { name, state, lastState } of allContainers(status)) {
    const end = lastState?.terminated ?? state?.terminated;
    if (!end) continue;
    if (isOutOfMemory(end)) code = oomKilled;
    else if (isKilled(end)) {
      code = interrupted;
      system ||= name === primary;
    }
    message += end.exitCode === 0 ? `\r\n[${name}] terminated with ExitCode 0.` : describeEnd(name, end);
  }
  if (code === unknown) system = true;
  return system ? retryableFailure(interrupted, message, "SYSTEM") : retryableFailure(code, message);
}
