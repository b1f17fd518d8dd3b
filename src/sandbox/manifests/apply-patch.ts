import type { JsonObject } from "../../idl/json/json-value.ts";
import { jsonPatch } from "./json-patch.ts";
import type { PatchTarget } from "./kustomization.ts";
import { describeObject, isList, isMap, keyOf, type ManifestObject } from "./manifest-object.ts";
import { manifestError } from "./manifest-error.ts";
import { parseDocuments } from "./parse-documents.ts";
import { strategicMerge } from "./strategic-merge.ts";

/** The objects with a patch applied, of whichever sort its text is. FlyteError MANIFEST_INVALID when it fits none of them. */
export function applyPatch(
  objects: readonly ManifestObject[],
  file: string,
  text: string,
  target: PatchTarget | undefined,
): readonly ManifestObject[] {
  const refuse = (what: string): never => {
    throw manifestError(file, what);
  };
  let patched = objects;
  for (const document of parseDocuments(file, text)) {
    if (isMap(document)) {
      const wanted = target ?? identityOf(document, refuse);
      patched = replace(patched, wanted, refuse, (object) => {
        const merged = strategicMerge(object, document, keyOf(object).kind, refuse);
        // A patch names its object; it does not rename it.
        return merged && { ...merged, ...(target && keptIdentity(object, merged)) };
      });
    } else if (isList(document)) {
      if (!target) refuse("a JSON patch needs a target");
      patched = replace(patched, target ?? {}, refuse, (object) =>
        jsonPatch(object, document, (what) => refuse(`${describeObject(object)}: ${what}`)),
      );
    } else refuse("it is no patch");
  }
  return patched;
}

function replace(
  objects: readonly ManifestObject[],
  target: PatchTarget,
  refuse: (what: string) => never,
  change: (object: JsonObject) => JsonObject | undefined,
): readonly ManifestObject[] {
  let found = 0;
  const changed = objects.flatMap((one) => {
    if (!isTarget(one.object, target)) return [one];
    found++;
    const object = change(one.object);
    return object ? [{ ...one, object }] : [];
  });
  if (found === 0)
    refuse(`there is no ${target.kind ?? "object"} ${target.name ?? ""}${target.namespace ? ` in ${target.namespace}` : ""}`);
  return changed;
}

function isTarget(object: JsonObject, target: PatchTarget): boolean {
  const key = keyOf(object);
  return (["group", "version", "kind", "name", "namespace"] as const).every(
    (part) => target[part] === undefined || target[part] === key[part],
  );
}

function identityOf(patch: JsonObject, refuse: (what: string) => never): PatchTarget {
  const { group, version, kind, name, namespace } = keyOf(patch);
  if (version === "" || kind === "" || name === "") refuse("a patch without a target needs apiVersion, kind and metadata.name");
  return { group, version, kind, name, ...(namespace !== "" && { namespace }) };
}

function keptIdentity({ apiVersion, kind, metadata }: JsonObject, merged: JsonObject): JsonObject {
  const { name, namespace } = isMap(metadata) ? metadata : {};
  const given = isMap(merged["metadata"]) ? merged["metadata"] : {};
  return {
    ...(apiVersion !== undefined && { apiVersion }),
    ...(kind !== undefined && { kind }),
    metadata: { ...given, ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) },
  };
}
