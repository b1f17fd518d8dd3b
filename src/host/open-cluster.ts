import { kubeConnection, inClusterConnection } from "../compute/kubernetes/kube-config.ts";
import { openKubernetes, type OpenKubernetes } from "../compute/kubernetes/open-kubernetes.ts";
import { executionLabel } from "../plugins/machinery/attempt-labels.ts";
import { createPodPlugin } from "../plugins/pod/pod-plugin.ts";
import { defaultPodConfig, type PodConfig } from "../plugins/pod/pod-config.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { PluginHost, TaskPlugin } from "../ports/task-plugin.ts";
import { systemClock } from "../std/clock.ts";
import { FlyteError } from "../std/errors.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";
import type { ClusterConfig } from "./host-config.ts";
import type { LogSource } from "./log-source.ts";
import { ownImage } from "./own-image.ts";
import { podLogLink, podLogs } from "./pod-logs.ts";

export interface Cluster {
  /** The plugins that run tasks there. */
  plugins(host: PluginHost, blobs: BlobStore, environment: Readonly<Record<string, string>>): readonly TaskPlugin[];
  /** What its pods write. */
  readonly logs: LogSource;
  close(): Promise<void>;
}

/**
 * Attempts as pods of the cluster that `config` names; their events link to their logs at `logsUrl`, where there is one that people
 * reach. FlyteErrors name a kubeconfig that cannot be used.
 */
export async function openCluster(config: ClusterConfig, version: string, logsUrl: string | undefined, logger: Logger): Promise<Cluster> {
  const kubernetes: OpenKubernetes = openKubernetes({
    connection: await connectionOf(config),
    podSelector: executionLabel,
    ...(config.namespace !== undefined && { namespace: config.namespace }),
    ...(config.createNamespaces && {
      newNamespaces: { labels: { "app.kubernetes.io/managed-by": "flyte", ...config.pods?.defaultLabels } },
    }),
    clock: systemClock,
    random: systemRandom,
    logger,
  });
  const pods: PodConfig = {
    ...defaultPodConfig,
    ...config.pods,
    coPilot: { ...defaultPodConfig.coPilot, ...config.pods?.coPilot },
  };
  return {
    plugins: (host, blobs, environment) => [
      createPodPlugin({
        host,
        kubernetes,
        blobs,
        clock: systemClock,
        config: { ...pods, defaultEnvVars: { ...environment, ...pods.defaultEnvVars } },
        ownImage: ownImage(kubernetes, version),
        logs: [...(logsUrl === undefined ? [] : [podLogLink(logsUrl)]), ...(config.logs ?? [])],
      }),
    ],
    logs: podLogs(kubernetes, pods),
    close: () => kubernetes.close(),
  };
}

function connectionOf({ kubeconfig, context }: ClusterConfig): ReturnType<typeof kubeConnection> {
  if (kubeconfig !== undefined) return kubeConnection(kubeconfig, context);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host === undefined || port === undefined) {
    throw new FlyteError({
      code: "KUBECONFIG_MISSING",
      blame: "environment",
      message: "tasks are to be pods, but this is no pod of a cluster and no kubeconfig is named",
      hint: "name a kubeconfig file in the configuration, under kubernetes",
    });
  }
  return inClusterConnection(host, port);
}
