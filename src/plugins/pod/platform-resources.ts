import type { ResourceList } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import type { ResourceAmounts } from "../../ports/workflow-store.ts";
import type { PodConfig } from "./pod-config.ts";

/** The settings with what admin says of the execution's resources: where it says something, it counts. */
export function withPlatformResources({ platformResources }: Pick<TaskContext, "platformResources">, config: PodConfig): PodConfig {
  if (!platformResources) return config;
  const { requests, limits } = config.platformResources;
  return {
    ...config,
    platformResources: {
      requests: { ...requests, ...listOf(platformResources.defaults, config) },
      limits: { ...limits, ...listOf(platformResources.limits, config) },
    },
  };
}

function listOf({ cpu, memory, gpu, ephemeralStorage }: ResourceAmounts, config: PodConfig): ResourceList {
  const named = { cpu, memory, [config.gpuResourceName]: gpu, "ephemeral-storage": ephemeralStorage };
  return Object.fromEntries(Object.entries(named).filter(([, quantity]) => quantity !== ""));
}
