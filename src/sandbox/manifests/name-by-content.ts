import type { JsonObject } from "../../idl/json/json-value.ts";
import { changeAt } from "./change-at.ts";
import { contentHash } from "./content-hash.ts";
import { keyOf, mapAt, type ManifestObject } from "./manifest-object.ts";
import { podTemplatePath } from "./pod-template.ts";

// Where a pod names a ConfigMap.
const references = [
  ["volumes", "*", "configMap", "name"],
  ["volumes", "*", "projected", "sources", "*", "configMap", "name"],
  ...["initContainers", "containers"].flatMap((list) => [
    [list, "*", "envFrom", "*", "configMapRef", "name"],
    [list, "*", "env", "*", "valueFrom", "configMapKeyRef", "name"],
  ]),
];

/** Generated ConfigMaps get the hash of their content behind their names, and pods of their namespace name them so. */
export function nameByContent(objects: readonly ManifestObject[]): readonly JsonObject[] {
  const renamed = new Map<string, string>();
  const named = objects.map(({ object, hashed }) => {
    if (!hashed) return object;
    const { name, namespace } = keyOf(object);
    const full = `${name}-${contentHash(object)}`;
    renamed.set(`${namespace}/${name}`, full);
    return { ...object, metadata: { ...mapAt(object, "metadata"), name: full } };
  });
  return named.map((object) => {
    const { kind, namespace } = keyOf(object);
    const pod = kind === "Pod" ? [] : podTemplatePath(kind);
    if (!pod) return object;
    return references.reduce(
      (changed, reference) =>
        changeAt(changed, [...pod, "spec", ...reference], (name) => renamed.get(`${namespace}/${String(name)}`) ?? name),
      object,
    );
  });
}
