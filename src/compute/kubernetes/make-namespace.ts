import { KubernetesError } from "../../ports/kubernetes-api.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

/** Makes a namespace; one that is there already is fine. Rejects with KubernetesError. */
export async function makeNamespace(client: KubernetesClient, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  try {
    await client.call("POST", "/api/v1/namespaces", { body });
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 409) return;
    throw error;
  }
}
