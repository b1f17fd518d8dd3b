import type { PodSpec } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { requireOfNode } from "./node-affinity.ts";
import type { PodConfig } from "./pod-config.ts";
import { configuredTolerations } from "./tolerations.ts";

/**
 * What the deployment and the execution give a pod that does not say otherwise; tolerations and node selectors join its own.
 * Flyte: flytek8s/pod_helper.go UpdatePod.
 */
export function withPodDefaults(spec: PodSpec, primary: string, context: TaskContext, config: PodConfig): PodSpec {
  const { interruptible } = context;
  const tolerations = [...configuredTolerations(spec, interruptible, config), ...(spec.tolerations ?? [])];
  const nodeSelector = {
    ...config.defaultNodeSelector,
    ...spec.nodeSelector,
    ...(interruptible && config.interruptibleNodeSelector),
  };
  const requirement = interruptible ? config.interruptibleNodeSelectorRequirement : config.nonInterruptibleNodeSelectorRequirement;
  const own = spec.affinity ?? config.defaultAffinity;
  const affinity = requirement ? requireOfNode(own, requirement) : own;
  const serviceAccountName = spec.serviceAccountName || context.serviceAccount;
  const schedulerName = spec.schedulerName || config.schedulerName;
  const securityContext = spec.securityContext ?? config.defaultPodSecurityContext;
  const dnsConfig = spec.dnsConfig ?? config.defaultPodDnsConfig;
  const containers = spec.containers.map((one) =>
    one.name === primary && one.securityContext === undefined && config.defaultSecurityContext
      ? { ...one, securityContext: config.defaultSecurityContext }
      : one,
  );
  return {
    ...spec,
    containers,
    restartPolicy: spec.restartPolicy || "Never",
    ...(tolerations.length > 0 && { tolerations }),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(affinity && { affinity }),
    ...(serviceAccountName && { serviceAccountName }),
    ...(schedulerName && { schedulerName }),
    ...(securityContext && { securityContext }),
    ...(dnsConfig && { dnsConfig }),
    ...(config.enableHostNetworkingPod !== undefined && { hostNetwork: config.enableHostNetworkingPod }),
  };
}
