import type { flyteidl } from "../../idl/flyteidl.ts";
import type { TaskTemplate } from "../../idl/types.ts";

/** How a task wants its data as files; undefined when it does not. Flyte: a container's own config counts, else the pod's. */
export function dataConfigOf({ container, k8sPod }: TaskTemplate): flyteidl.core.DataLoadingConfig.$Properties | undefined {
  const config = container == null ? k8sPod?.dataConfig : container.dataConfig;
  return config?.enabled ? config : undefined;
}
