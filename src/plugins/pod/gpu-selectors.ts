import type { flyteidl } from "../../idl/flyteidl.ts";
import type { PodSpec, Toleration } from "../../ports/kubernetes-objects.ts";
import { requireOfNode } from "./node-affinity.ts";
import type { PodConfig } from "./pod-config.ts";

type Accelerator = flyteidl.core.GPUAccelerator.$Properties;

/**
 * Sends a pod that is limited to GPUs to nodes with the device, and the partition size, that the task names.
 * Flyte: flytek8s/pod_helper.go ApplyGPUNodeSelectors.
 */
export function withGpuSelectors(spec: PodSpec, accelerator: Accelerator | null | undefined, config: PodConfig): PodSpec {
  if (accelerator == null || !spec.containers.some(({ resources }) => config.gpuResourceName in (resources?.limits ?? {}))) return spec;
  let affinity = spec.affinity;
  const tolerations: Toleration[] = [...(spec.tolerations ?? [])];
  const onlyWith = (key: string, value: string): void => {
    affinity = requireOfNode(affinity, { key, operator: "In", values: [value] });
    tolerations.push({ key, operator: "Equal", value, effect: "NoSchedule" });
  };
  if (accelerator.device) onlyWith(config.gpuDeviceNodeLabel, accelerator.device);
  if (accelerator.partitionSize != null) onlyWith(config.gpuPartitionSizeNodeLabel, accelerator.partitionSize);
  else if (accelerator.unpartitioned === true) {
    const whole = config.gpuUnpartitionedNodeSelectorRequirement ?? { key: config.gpuPartitionSizeNodeLabel, operator: "DoesNotExist" };
    affinity = requireOfNode(affinity, whole);
    if (config.gpuUnpartitionedToleration) tolerations.push(config.gpuUnpartitionedToleration);
  }
  return { ...spec, ...(affinity && { affinity }), ...(tolerations.length > 0 && { tolerations }) };
}
