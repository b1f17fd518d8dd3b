import type { PodCondition, PodStatus } from "../../ports/kubernetes-objects.ts";
import { goDuration } from "../../std/go-duration.ts";
import { permanentFailure, type ResourcePhase, retryableFailure } from "../machinery/resource-phase.ts";
import type { PodConfig } from "./pod-config.ts";

type Grace = Pick<
  PodConfig,
  "createContainerErrorGracePeriod" | "createContainerConfigErrorGracePeriod" | "imagePullBackoffGracePeriod" | "podPendingTimeout"
>;

/** What waiting containers go through on their way. */
const underway = new Set(["ErrImagePull", "ContainerCreating", "PodInitializing"]);

/**
 * A pod that does not run yet: whether it is on its way, or stuck. Times are those of the condition that says so.
 * Flyte: flytek8s/pod_helper.go DemystifyPending.
 */
export function pendingPhase(status: PodStatus, now: number, grace: Grace): ResourcePhase {
  const { found, since } = look(status, now, grace);
  if (found.phase === "RETRYABLE_FAILURE" || found.phase === "PERMANENT_FAILURE") return found;
  const timeout = grace.podPendingTimeout;
  if (timeout === 0) return found;
  if (now - since >= timeout) return { ...retryableFailure("PodPendingTimeout", found.reason ?? ""), occurredAt: since };
  return { ...found, lookAgainAt: Math.min(found.lookAgainAt ?? Infinity, since + timeout) };
}

function look(status: PodStatus, now: number, grace: Grace): { readonly found: ResourcePhase; readonly since: number } {
  let since = now;
  for (const condition of status.conditions ?? []) {
    since = timeOf(condition, now);
    const unscheduled = condition.type === "PodScheduled" && condition.status === "False";
    if (unscheduled || condition.type === "Unschedulable") {
      const reason = `${condition.reason ?? ""}:${condition.message ?? ""}`;
      return { found: { phase: "QUEUED", reason, occurredAt: since }, since };
    }
    if (condition.type !== "Ready" || condition.status !== "False") continue;
    const waiting = status.containerStatuses?.find((one) => one.ready !== true && one.state?.waiting)?.state?.waiting;
    if (waiting) return { found: { ...waitingPhase(condition, waiting, since, now, grace), occurredAt: since }, since };
  }
  return { found: { phase: "QUEUED", reason: "Scheduling" }, since };
}

function waitingPhase(
  condition: PodCondition,
  waiting: { readonly reason?: string; readonly message?: string },
  since: number,
  now: number,
  grace: Grace,
): ResourcePhase {
  const { reason = "" } = waiting;
  const code = `${condition.reason ?? ""}|${reason}`;
  const message = `${condition.message ?? ""}|${waiting.message ?? ""}`;
  const onItsWay: ResourcePhase = { phase: "INITIALIZING", reason: `[${code}]: ${message}` };
  const within = (period: number, expired: (text: string) => ResourcePhase): ResourcePhase =>
    now - since >= period
      ? expired(`Grace period [${goDuration(period / 1000)}] exceeded|${message}`)
      : { ...onItsWay, lookAgainAt: since + period };
  if (underway.has(reason)) return onItsWay;
  switch (reason) {
    case "CreateContainerError":
      return within(grace.createContainerErrorGracePeriod, (text) => permanentFailure(code, text));
    case "CreateContainerConfigError":
      return within(grace.createContainerConfigErrorGracePeriod, (text) => permanentFailure(code, text));
    case "InvalidImageName":
      return permanentFailure(code, message);
    case "ImagePullBackOff":
      return within(grace.imagePullBackoffGracePeriod, (text) => retryableFailure(code, text));
    default:
      // Better an attempt lost than one that waits for ever.
      return retryableFailure(code, message, "SYSTEM");
  }
}

function timeOf(condition: PodCondition, now: number): number {
  const at = Date.parse(condition.lastTransitionTime ?? "");
  return Number.isNaN(at) ? now : at;
}
