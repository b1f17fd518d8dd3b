import { kubeConnection } from "../../../compute/kubernetes/kube-config.ts";
import { KubernetesClient } from "../../../compute/kubernetes/kubernetes-client.ts";
import { sandboxPaths } from "../../sandbox-paths.ts";
import { clusterName } from "./cluster-name.ts";

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

/** Resolves when the API server says that it is ready, after a node's start; rejects with `signal`'s reason. */
export async function waitForApiServer(client: KubernetesClient, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      // JSON, unlike /readyz, and behind the same gate.
      await client.call("GET", "/api/v1/namespaces/kube-system", { signal });
      return;
    } catch {
      signal.throwIfAborted();
    }
    // Nothing tells us: it has no port to be woken by before it listens.
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
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
