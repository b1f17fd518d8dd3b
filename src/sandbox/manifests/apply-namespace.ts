import type { JsonObject } from "../../idl/json/json-value.ts";
import { describeObject, isMap, keyOf, mapAt } from "./manifest-object.ts";

const clusterWide = new Set([
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "IngressClass",
  "Namespace",
  "PersistentVolume",
  "PriorityClass",
  "StorageClass",
]);

/** The object in a namespace; cluster-wide ones as they are. `refuse` is told where kustomize would rename more than that. */
export function applyNamespace(object: JsonObject, namespace: string, refuse: (what: string) => never): JsonObject {
  const { kind } = keyOf(object);
  const subjects = object["subjects"];
  if (kind === "Namespace") return refuse(`namespace would rename ${describeObject(object)}; put it into a kustomization without one`);
  if (Array.isArray(subjects) && subjects.some((subject) => isMap(subject) && subject["namespace"] !== namespace))
    return refuse(`a subject of ${describeObject(object)} is not in the namespace ${namespace}`);
  if (clusterWide.has(kind)) return object;
  return { ...object, metadata: { ...mapAt(object, "metadata"), namespace } };
}
