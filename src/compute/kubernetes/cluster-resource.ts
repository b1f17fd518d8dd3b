import { KubernetesError, type KubernetesResource } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { Informer } from "./informer.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

/**
 * One kind of namespaced resource: read through its informer, changed through the API server. `group` is `/api/v1`, or
 * `/apis/<group>/<version>`. With `provideNamespace` an object whose namespace is not there is created in one that is made.
 */
export function clusterResource<T extends KubernetesObject>(
  client: KubernetesClient,
  informer: Informer<T>,
  group: string,
  plural: string,
  provideNamespace?: (name: string) => Promise<void>,
): KubernetesResource<T> {
  const collection = (namespace: string): string => `${group}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  const place = (namespace: string, name: string): string => `${collection(namespace)}/${encodeURIComponent(name)}`;
  return {
    async find(namespace, name) {
      const known = informer.get(namespace, name);
      if (known) return known;
      // Just created, or just gone, or the informer has not begun: only the server knows.
      return (await unlessAbsent(client.call("GET", place(namespace, name)))) as T | undefined;
    },
    subscribe: (listener) => informer.subscribe(listener),
    async create(object) {
      const namespace = object.metadata.namespace ?? "default";
      const post = (): Promise<boolean> => unlessThere(client.call("POST", collection(namespace), { body: object }));
      try {
        return await post();
      } catch (error) {
        // A collection is always there: it is the namespace that is not.
        if (!provideNamespace || !(error instanceof KubernetesError) || error.status !== 404) throw error;
        await provideNamespace(namespace);
        return await post();
      }
    },
    async remove(namespace, name, graceSeconds) {
      const query = {
        propagationPolicy: "Background",
        ...(graceSeconds !== undefined && { gracePeriodSeconds: String(graceSeconds) }),
      };
      await unlessAbsent(client.call("DELETE", place(namespace, name), { query }));
    },
    async releaseFinalizer(namespace, name, finalizer) {
      const body = { metadata: { "$deleteFromPrimitiveList/finalizers": [finalizer] } };
      await unlessAbsent(client.call("PATCH", place(namespace, name), { body, contentType: "application/strategic-merge-patch+json" }));
    },
  };
}

async function unlessAbsent(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 404) return undefined;
    throw error;
  }
}

/** False when an object of that name is there already. */
async function unlessThere(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 409 && error.reason === "AlreadyExists") return false;
    throw error;
  }
}
