import type { KubernetesApi } from "../../ports/kubernetes-api.ts";
import type { Pod, PodTemplate } from "../../ports/kubernetes-objects.ts";
import type { Clock } from "../../std/clock.ts";
import type { Logger } from "../../std/logger.ts";
import type { Random } from "../../std/random.ts";
import { clusterResource } from "./cluster-resource.ts";
import { makeNamespace } from "./make-namespace.ts";
import { Informer } from "./informer.ts";
import type { KubeConnection } from "./kube-config.ts";
import { KubernetesClient } from "./kubernetes-client.ts";
import { type PodLogRequest, readPodLog } from "./pod-log.ts";

export interface KubernetesOptions {
  readonly connection: KubeConnection;
  /** The only namespace that is looked into; all when absent. */
  readonly namespace?: string;
  /** Of the pods that are followed. */
  readonly podSelector: string;
  /** Namespaces that pods want and that are not there are made, with these labels. */
  readonly newNamespaces?: { readonly labels: Readonly<Record<string, string>> };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface OpenKubernetes extends KubernetesApi {
  /** Lists and watches begun so far, of pods. */
  readonly podCounts: { readonly lists: number; readonly watches: number };
  /** See readPodLog. */
  podLog(request: PodLogRequest): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

const core = "/api/v1";

/** A cluster: its pods and pod templates, followed from now on. Nothing is waited for; before the informers know, the server is asked. */
export function openKubernetes(options: KubernetesOptions): OpenKubernetes {
  const { connection, namespace, podSelector, newNamespaces, clock, random, logger } = options;
  const client = new KubernetesClient(connection);
  const scope = namespace === undefined ? core : `${core}/namespaces/${encodeURIComponent(namespace)}`;
  const pods = new Informer<Pod>({ client, path: `${scope}/pods`, labelSelector: podSelector, clock, random, logger });
  const templates = new Informer<PodTemplate>({ client, path: `${core}/podtemplates`, clock, random, logger });
  pods.start();
  templates.start();
  return {
    pods: clusterResource(client, pods, core, "pods", newNamespaces && ((name) => makeNamespace(client, name, newNamespaces.labels))),
    podTemplates: clusterResource(client, templates, core, "podtemplates"),
    podCounts: pods.counts,
    podLog: (request) => readPodLog(client, request),
    async close() {
      await Promise.all([pods.stop(), templates.stop()]);
      await client.close();
    },
  };
}
