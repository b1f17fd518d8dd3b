import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import { FlyteError } from "../../std/errors.ts";

interface ManifestKind {
  /** Where its API is: `/api/v1`, `/apis/apps/v1`. */
  readonly group: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether one that is not among the applied objects any more is deleted. What holds others, or data, never is. */
  readonly pruned: boolean;
}

const kind = (group: string, plural: string, namespaced = true, pruned = true): ManifestKind => ({ group, plural, namespaced, pruned });
const core = "/api/v1";
const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** The kinds that can be applied, in the order in which they are: what others refer to comes first. */
const kinds: ReadonlyMap<string, ManifestKind> = new Map([
  ["Namespace", kind(core, "namespaces", false, false)],
  ["ServiceAccount", kind(core, "serviceaccounts")],
  ["ClusterRole", kind(rbac, "clusterroles", false)],
  ["ClusterRoleBinding", kind(rbac, "clusterrolebindings", false)],
  ["Role", kind(rbac, "roles")],
  ["RoleBinding", kind(rbac, "rolebindings")],
  ["ConfigMap", kind(core, "configmaps")],
  ["Secret", kind(core, "secrets")],
  ["PersistentVolumeClaim", kind(core, "persistentvolumeclaims", true, false)],
  ["Service", kind(core, "services")],
  ["PodDisruptionBudget", kind("/apis/policy/v1", "poddisruptionbudgets")],
  ["Deployment", kind("/apis/apps/v1", "deployments")],
]);

/** Kinds that are looked through for objects that are no longer wanted; what uses others goes first. */
export const prunedKinds: readonly ManifestKind[] = [...kinds.values()].filter(({ pruned }) => pruned).toReversed();

/** Where the objects of its kind are, in all namespaces. */
export function collectionPath({ group, plural }: ManifestKind): string {
  return `${group}/${plural}`;
}

/** Where an object is. FlyteError KUBERNETES_KIND_UNKNOWN for a kind that is not known here. */
export function objectPath(object: KubernetesObject): string {
  const { group, plural, namespaced } = kindOf(object);
  const within = namespaced ? `/namespaces/${encodeURIComponent(object.metadata.namespace ?? "default")}` : "";
  return `${group}${within}/${plural}/${encodeURIComponent(object.metadata.name ?? "")}`;
}

/** In the order in which they are applied. */
export function inOrder(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const order = [...kinds.keys()];
  return objects.toSorted((a, b) => order.indexOf(a.kind ?? "") - order.indexOf(b.kind ?? ""));
}

function kindOf({ apiVersion = "", kind: name = "" }: KubernetesObject): ManifestKind {
  const known = kinds.get(name);
  if (known && known.group === `${apiVersion.includes("/") ? "/apis" : "/api"}/${apiVersion}`) return known;
  throw new FlyteError({
    code: "KUBERNETES_KIND_UNKNOWN",
    blame: "usage",
    message: `${apiVersion} ${name} cannot be applied`,
    hint: `apply it with kubectl; known here: ${[...kinds.keys()].join(", ")}`,
    details: { apiVersion, kind: name },
  });
}
