import { readFile } from "node:fs/promises";
import os from "node:os";
import type { KubernetesApi } from "../ports/kubernetes-api.ts";

const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/**
 * The image that this process runs from, as its own pod says; outside a cluster the name that `flyte sandbox build-image` gives
 * an image of this version. Asked once.
 */
export function ownImage(kubernetes: KubernetesApi, version: string): () => Promise<string> {
  let known: string | undefined;
  return async () => (known ??= (await imageOfPod(kubernetes)) ?? `flyte-engine:${version}`);
}

async function imageOfPod({ pods }: KubernetesApi): Promise<string | undefined> {
  const namespace = await readFile(namespaceFile, "utf8").catch(() => undefined);
  // A pod's host name is its own name.
  const pod = namespace === undefined ? undefined : await pods.find(namespace.trim(), os.hostname());
  return pod?.spec.containers[0]?.image;
}
