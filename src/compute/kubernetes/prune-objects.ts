import { KubernetesError } from "../../ports/kubernetes-api.ts";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { Clock } from "../../std/clock.ts";
import { describeObject } from "./describe-object.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { collectionPath, objectPath, prunedKinds } from "./manifest-kinds.ts";
import { fieldManager, type OwnerLabel, ownerSelector } from "./owner-label.ts";
import { patiently } from "./patiently.ts";

export interface PruneOptions {
  readonly owner: OwnerLabel;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

interface ObjectList {
  readonly apiVersion: string;
  /** `DeploymentList` */
  readonly kind: string;
  readonly items?: readonly KubernetesObject[];
}

/**
 * Begins the end of the objects that carry the label, that we have applied, that nobody else's end will end, and whose uid is not
 * `kept`. Namespaces and volume claims stay. Which ones: `Service flyte/minio`.
 */
export async function pruneObjects(
  client: KubernetesClient,
  kept: ReadonlySet<string>,
  { owner, clock, signal }: PruneOptions,
): Promise<readonly string[]> {
  const extra = signal && { signal };
  const pruned: string[] = [];
  for (const kind of prunedKinds) {
    const query = { labelSelector: ownerSelector(owner) };
    const list = (await patiently(clock, signal, () => client.call("GET", collectionPath(kind), { query, ...extra }))) as ObjectList;
    for (const item of list.items ?? []) {
      // A list names its elements' kind only for all of them together.
      const object = { ...item, apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, "") };
      if (kept.has(item.metadata.uid ?? "") || item.metadata.deletionTimestamp !== undefined || !appliedByUs(item)) continue;
      const body = {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Background",
        // Not another one that has taken its name in the meantime.
        preconditions: { uid: item.metadata.uid },
      };
      try {
        await patiently(clock, signal, () => client.call("DELETE", objectPath(object), { body, ...extra }));
        pruned.push(describeObject(object));
      } catch (error) {
        if (!(error instanceof KubernetesError && (error.status === 404 || error.status === 409))) throw error;
      }
    }
  }
  return pruned;
}

/** Controllers and people put our labels on objects of theirs. */
function appliedByUs({ metadata }: KubernetesObject): boolean {
  const { managedFields, ownerReferences } = metadata;
  if (Array.isArray(ownerReferences) && ownerReferences.length > 0) return false;
  const entries = (Array.isArray(managedFields) ? managedFields : []) as readonly {
    readonly manager?: string;
    readonly operation?: string;
  }[];
  return entries.some(({ manager, operation }) => manager === fieldManager && operation === "Apply");
}
