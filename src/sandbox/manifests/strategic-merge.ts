import type { JsonObject, JsonValue } from "../../idl/json/json-value.ts";
import { isList, isMap } from "./manifest-object.ts";

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "PodTemplate"]);

// Of Kubernetes' own types (patchMergeKey in their definitions): lists whose elements are one another's by a key. All others
// are replaced whole.
const mergeKeys: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  env: "name",
  volumes: "name",
  imagePullSecrets: "name",
  volumeMounts: "mountPath",
  ports: "containerPort",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/** Undefined for a list that is replaced. */
function mergeKeyOf(kind: string, field: string): string | undefined {
  if (kind === "Service") return field === "ports" ? "port" : undefined;
  return workloads.has(kind) && Object.hasOwn(mergeKeys, field) ? mergeKeys[field] : undefined;
}

/**
 * Merges a strategic merge patch into an object of a kind, as kustomize does: mappings are merged, null takes a field away, lists
 * with a merge key are merged by it with the patch's elements in front, all other lists are replaced. Undefined when the patch
 * deletes the object. `refuse` is told of directives that are not known here.
 */
export function strategicMerge(
  object: JsonObject,
  patch: JsonObject,
  kind: string,
  refuse: (what: string) => never,
): JsonObject | undefined {
  const directive = directiveOf(patch, refuse);
  if (directive === "delete") return undefined;
  const { $patch: _, ...given } = patch;
  if (directive === "replace") return given;
  const merged: Record<string, JsonValue> = { ...object };
  for (const [field, value] of Object.entries(given)) {
    if (field.startsWith("$")) refuse(`the directive ${field} is not known here`);
    if (field === "finalizers" || field === "ownerReferences") refuse(`${field} cannot be patched here`);
    const result = value === null ? undefined : mergedField(merged[field], value, kind, field, refuse);
    if (result === undefined) delete merged[field];
    else merged[field] = result;
  }
  return merged;
}

function mergedField(
  before: JsonValue | undefined,
  value: JsonValue,
  kind: string,
  field: string,
  refuse: (what: string) => never,
): JsonValue | undefined {
  if (isMap(value)) return strategicMerge(isMap(before) ? before : {}, value, kind, refuse);
  const key = mergeKeyOf(kind, field);
  if (!isList(value) || key === undefined) return value;
  return mergedList(isList(before) ? before : [], value, kind, key, refuse);
}

function mergedList(
  before: readonly JsonValue[],
  patch: readonly JsonValue[],
  kind: string,
  key: string,
  refuse: (what: string) => never,
): JsonValue {
  const keyed = (element: JsonValue): JsonValue => (isMap(element) ? (element[key] ?? null) : null);
  const rest = new Map(before.map((element) => [keyed(element), element]));
  const merged: JsonValue[] = [];
  for (const element of patch) {
    const at = keyed(element);
    if (!isMap(element) || at === null) return refuse(`an element of a patched list has no ${key}`);
    const old = rest.get(at);
    rest.delete(at);
    const result = strategicMerge(isMap(old) ? old : {}, element, kind, refuse);
    if (result) merged.push(result);
  }
  return [...merged, ...rest.values()];
}

function directiveOf(patch: JsonObject, refuse: (what: string) => never): "delete" | "replace" | "merge" {
  const directive = patch["$patch"] ?? "merge";
  return directive === "delete" || directive === "replace" || directive === "merge"
    ? directive
    : refuse(`the directive $patch: ${JSON.stringify(directive)} is not known here`);
}
