import type { Pod } from "../../ports/kubernetes-objects.ts";
import { primaryContainerKey } from "./raw-pod.ts";

/** Name of the container that is the task: the one the pod names, else its first. Undefined when the pod has none of that name. */
export function mainContainerOf({ metadata, spec }: Pod): string | undefined {
  const named = metadata.annotations?.[primaryContainerKey];
  return spec.containers.find(({ name }) => named === undefined || name === named)?.name;
}
