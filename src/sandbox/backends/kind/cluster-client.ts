import { kubeConnection } from "../../../compute/kubernetes/kube-config.ts";
import { KubernetesClient } from "../../../compute/kubernetes/kubernetes-client.ts";
import { FlyteError, messageOf } from "../../../std/errors.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import { clusterName, sandboxLabel } from "./cluster-name.ts";

const lookAgainMs = 100;

/** Runs `use` with a client of the sandbox's cluster, by the context that kind made for it: another may be the file's current one. */
export async function withCluster<T>(sandbox: string, use: (client: KubernetesClient) => Promise<T>): Promise<T> {
  const client = new KubernetesClient(await kubeConnection(sandboxPaths(sandbox).kubeconfig, `kind-${clusterName(sandbox)}`));
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/**
 * Resolves when the API server of the sandbox's own cluster says that it is ready, after a node's start; rejects with `signal`'s
 * reason. SANDBOX_NOT_READY when it does not within `timeoutMs`; SANDBOX_KUBECONFIG_FOREIGN when another cluster answers.
 */
export async function waitForApiServer(client: KubernetesClient, sandbox: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      // JSON, unlike /readyz, and behind the same gate.
      return await mustBeOurs(client, sandbox, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FlyteError && error.code === "SANDBOX_KUBECONFIG_FOREIGN") throw error;
      if (Date.now() > until) throw notAnswering(timeoutMs, error);
    }
    // Nothing tells us: it has no port to be woken by before it listens.
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}

/** SANDBOX_KUBECONFIG_FOREIGN unless the cluster that answers has the node that is labelled as this sandbox's: nothing is applied to another. */
export async function mustBeOurs(client: KubernetesClient, sandbox: string, signal: AbortSignal): Promise<void> {
  const query = { labelSelector: `${sandboxLabel}=${sandbox}` };
  try {
    const { items } = (await client.call("GET", "/api/v1/nodes", { query, signal })) as { readonly items: readonly object[] };
    if (items.length > 0) return;
  } catch (error) {
    // Another's keys. While a server begins, 403 is what it says before it knows its own roles: that passes.
    if (!/certificate|self-signed|does not know who we are/i.test(messageOf(error))) throw error;
  }
  throw foreignKubeconfig(sandbox, "what answers there is another one, and is left alone");
}

/** SANDBOX_KUBECONFIG_FOREIGN: the sandbox's own file, which others have changed, is no way to its cluster. */
export function foreignKubeconfig(sandbox: string, why: string, cause?: unknown): FlyteError {
  const { kubeconfig } = sandboxPaths(sandbox);
  return new FlyteError({
    code: "SANDBOX_KUBECONFIG_FOREIGN",
    blame: "environment",
    message: `${kubeconfig} does not lead to the cluster of "${sandbox}": ${why}`,
    hint: `get the right one: kind export kubeconfig --name ${clusterName(sandbox)} --kubeconfig ${kubeconfig}`,
    details: { kubeconfig },
    cause,
  });
}

function notAnswering(timeoutMs: number, cause: unknown): FlyteError {
  return new FlyteError({
    code: "SANDBOX_NOT_READY",
    blame: "environment",
    message: `the cluster's API server does not answer within ${Math.round(timeoutMs / 1000)} s: ${messageOf(cause)}`,
    hint: "see flyte sandbox exec -- journalctl --unit kubelet --lines 50; flyte sandbox stop --delete-data makes room for a new one; --timeout gives it longer",
    cause,
  });
}

/**
 * Takes the controllers' and the scheduler's offices from those who held them before the node was stopped: their successors
 * would wait a quarter of a minute for the leases to end, and until then no pod is scheduled and no service knows its pods' new
 * addresses.
 */
export async function releaseLeases(client: KubernetesClient, signal: AbortSignal): Promise<void> {
  for (const name of ["kube-controller-manager", "kube-scheduler"]) {
    try {
      await client.call("DELETE", `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`, { signal });
    } catch {
      signal.throwIfAborted();
      // It ends by itself, later.
    }
  }
}

/**
 * Has the cluster's name server asked every second whether it answers, and not every ten: after each start of the node the engine
 * waits for it, to find its database.
 */
export async function hastenNames(client: KubernetesClient, signal: AbortSignal): Promise<void> {
  const readinessProbe = { periodSeconds: 1 };
  const body = { spec: { template: { spec: { containers: [{ name: "coredns", readinessProbe }] } } } };
  const contentType = "application/strategic-merge-patch+json";
  try {
    await client.call("PATCH", "/apis/apps/v1/namespaces/kube-system/deployments/coredns", { body, contentType, signal });
  } catch {
    signal.throwIfAborted();
    // A cluster of the user's own making may have another one.
  }
}
