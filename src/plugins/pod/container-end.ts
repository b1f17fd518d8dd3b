import type { ContainerState, ContainerStatus, PodStatus } from "../../ports/kubernetes-objects.ts";

export type ContainerEnd = NonNullable<ContainerState["terminated"]>;

export const oomKilled = "OOMKilled";

/** SIGKILL, as a shell counts it, and as an unsigned byte of -9. */
const killCodes = new Set([137, 247]);

/** Whether memory ran out. */
export function isOutOfMemory(end: ContainerEnd): boolean {
  return (end.reason ?? "").includes(oomKilled);
}

/** Whether SIGKILL ended it: a node that goes away, most often. */
export function isKilled(end: ContainerEnd): boolean {
  return killCodes.has(end.exitCode);
}

/** What Flyte says of a container's end. */
export function describeEnd(name: string, end: ContainerEnd): string {
  return `\r\n[${name}] terminated with exit code (${end.exitCode}). Reason [${end.reason ?? ""}]. Message: \n${end.message ?? ""}.`;
}

/** Of a pod, in the order in which Flyte looks at them. */
export function allContainers(status: PodStatus): ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = status;
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
}
