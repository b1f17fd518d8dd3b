import type { Affinity, NodeSelectorRequirement, ResourceList, Toleration } from "../../ports/kubernetes-objects.ts";
import { type CopilotConfig, defaultCopilotConfig } from "./copilot-config.ts";

/** What a deployment sets for all its pods; the names are those of Flyte's `plugins.k8s`, in camel case. */
export interface PodConfig {
  readonly defaultAnnotations: Readonly<Record<string, string>>;
  readonly defaultLabels: Readonly<Record<string, string>>;
  readonly defaultEnvVars: Readonly<Record<string, string>>;
  /** Names of config maps and secrets whose keys become variables; they need not exist. */
  readonly defaultEnvFromConfigMaps: readonly string[];
  readonly defaultEnvFromSecrets: readonly string[];
  readonly defaultCpus: string;
  readonly defaultMemory: string;
  /** The platform's own defaults and limits, before `defaultCpus` and `defaultMemory`. */
  readonly platformResources: { readonly requests?: ResourceList; readonly limits?: ResourceList };
  readonly defaultTolerations: readonly Toleration[];
  readonly interruptibleTolerations: readonly Toleration[];
  /** By resource name. */
  readonly resourceTolerations: Readonly<Record<string, readonly Toleration[]>>;
  readonly addTolerationsForExtendedResources: readonly string[];
  readonly defaultNodeSelector: Readonly<Record<string, string>>;
  readonly interruptibleNodeSelector: Readonly<Record<string, string>>;
  readonly interruptibleNodeSelectorRequirement?: NodeSelectorRequirement;
  readonly nonInterruptibleNodeSelectorRequirement?: NodeSelectorRequirement;
  readonly defaultAffinity?: Affinity;
  readonly defaultPodSecurityContext?: object;
  readonly defaultSecurityContext?: object;
  readonly defaultPodDnsConfig?: object;
  readonly enableHostNetworkingPod?: boolean;
  readonly schedulerName?: string;
  readonly imagePullPolicy?: string;
  readonly gpuResourceName: string;
  readonly gpuDeviceNodeLabel: string;
  readonly gpuPartitionSizeNodeLabel: string;
  readonly gpuUnpartitionedNodeSelectorRequirement?: NodeSelectorRequirement;
  readonly gpuUnpartitionedToleration?: Toleration;
  readonly defaultPodTemplateName?: string;
  /** Where templates are looked for that the execution's namespace has not. */
  readonly propellerNamespace?: string;
  /** Of the console; told to tasks that have a log link of their own (`link_type`). */
  readonly consoleUrl?: string;
  readonly injectFinalizer: boolean;
  readonly deleteResourceOnFinalize: boolean;
  /** Milliseconds. */
  readonly createContainerErrorGracePeriod: number;
  readonly createContainerConfigErrorGracePeriod: number;
  readonly imagePullBackoffGracePeriod: number;
  /** 0 for none. */
  readonly podPendingTimeout: number;
  /** Of an execution's pods; `{{ project }}` and `{{ domain }}` are replaced. */
  readonly namespaceMapping: string;
  readonly coPilot: CopilotConfig;
}

/** Flyte's own. */
export const defaultPodConfig: PodConfig = {
  defaultAnnotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" },
  defaultLabels: {},
  defaultEnvVars: {},
  defaultEnvFromConfigMaps: [],
  defaultEnvFromSecrets: [],
  defaultCpus: "1000m",
  defaultMemory: "1024Mi",
  platformResources: {},
  defaultTolerations: [],
  interruptibleTolerations: [],
  resourceTolerations: {},
  addTolerationsForExtendedResources: [],
  defaultNodeSelector: {},
  interruptibleNodeSelector: {},
  gpuResourceName: "nvidia.com/gpu",
  gpuDeviceNodeLabel: "k8s.amazonaws.com/accelerator",
  gpuPartitionSizeNodeLabel: "k8s.amazonaws.com/gpu-partition-size",
  injectFinalizer: false,
  deleteResourceOnFinalize: false,
  createContainerErrorGracePeriod: 180_000,
  createContainerConfigErrorGracePeriod: 0,
  imagePullBackoffGracePeriod: 180_000,
  podPendingTimeout: 0,
  namespaceMapping: "{{ project }}-{{ domain }}",
  coPilot: defaultCopilotConfig,
};
