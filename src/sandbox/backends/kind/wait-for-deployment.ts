import { type KubernetesClient } from "../../../compute/kubernetes/kubernetes-client.ts";
import { watchEvents } from "../../../compute/kubernetes/watch-events.ts";
import { KubernetesError } from "../../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../../ports/kubernetes-objects.ts";
import { FlyteError } from "../../../std/errors.ts";
import { explainPods } from "./explain-pods.ts";
import { hopeless, type PodStatus } from "./hopeless.ts";

export const namespace = "flyte";
const idleMs = 30_000;

interface Deployment extends KubernetesObject {
  readonly spec: { readonly replicas?: number; readonly template: { readonly spec: PodSpec } };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly replicas?: number;
  };
}

interface PodSpec {
  readonly containers: readonly { readonly image?: string }[];
}

interface Pod extends KubernetesObject, PodStatus {
  readonly spec: PodSpec;
}

interface Pods {
  readonly metadata: { readonly resourceVersion?: string };
  readonly items: readonly Pod[];
}

/**
 * Resolves when all pods of a deployment are its newest and ready. SANDBOX_NOT_READY after `timeoutMs`, or as soon as a pod
 * cannot start, with what its containers last said and the events of its pods.
 */
export async function waitForDeployment(
  client: KubernetesClient,
  name: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, late]);
  let reason: string | undefined;
  try {
    reason = await follow(client, name, signal);
    if (reason === undefined) return;
  } catch (error) {
    if (options.signal.aborted || !late.aborted) throw error;
    reason = `it was not ready after ${Math.round(options.timeoutMs / 1000)} seconds`;
  }
  throw new FlyteError({
    code: "SANDBOX_NOT_READY",
    blame: "environment",
    message: `${name} does not run: ${reason}\n${await explainPods(client, namespace, name)}`.trimEnd(),
    hint: "mend what it names and start again; --retain keeps the cluster, to be looked at with kubectl; --timeout gives it longer",
    details: { deployment: name },
  });
}

/** Undefined once it is ready, else why it never will be. */
async function follow(client: KubernetesClient, name: string, signal: AbortSignal): Promise<string | undefined> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const selector = { labelSelector: `app.kubernetes.io/name=${name}` };
  for (;;) {
    const listed = (await client.call("GET", pods, { query: selector, signal })) as Pods;
    const found = verdict(await deployment(client, name, signal), listed.items);
    if (found !== "wait") return found.reason;
    const query = { ...selector, watch: "1", resourceVersion: listed.metadata.resourceVersion ?? "" };
    try {
      for await (const { object } of watchEvents<Pod>(await client.stream(pods, query, idleMs, signal))) {
        const now = verdict(await deployment(client, name, signal), [object]);
        if (now !== "wait") return now.reason;
      }
    } catch (error) {
      signal.throwIfAborted();
      // A watch may end, or its place be forgotten: it is begun again with a list.
      if (error instanceof KubernetesError && error.status !== 410) throw error;
    }
  }
}

async function deployment(client: KubernetesClient, name: string, signal: AbortSignal): Promise<Deployment> {
  return (await client.call("GET", `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, { signal })) as Deployment;
}

/** A pod of an earlier template says nothing: it is there until the controllers, which rest after a node's start, have seen the new one. */
function verdict({ metadata, spec, status = {} }: Deployment, pods: readonly Pod[]): "wait" | { readonly reason: string | undefined } {
  if ((status.observedGeneration ?? 0) < Number(metadata["generation"] ?? 0)) return "wait";
  const { replicas: wanted = 1, template } = spec;
  if (status.updatedReplicas === wanted && status.readyReplicas === wanted && status.replicas === wanted) return { reason: undefined };
  const image = imagesOf(template.spec);
  const newest = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && imagesOf(pod.spec) === image);
  const reason = newest.map(hopeless).find((found) => found !== undefined);
  return reason === undefined ? "wait" : { reason };
}

const imagesOf = ({ containers }: PodSpec): string => containers.map(({ image }) => image).join(" ");
