import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { KubernetesObject } from "../../ports/kubernetes-objects.ts";
import type { JsonObject } from "../../idl/json/json-value.ts";
import { messageOf } from "../../std/errors.ts";
import { applyImage } from "./apply-image.ts";
import { applyLabels } from "./apply-labels.ts";
import { applyNamespace } from "./apply-namespace.ts";
import { applyPatch } from "./apply-patch.ts";
import { generateConfigMap } from "./generate-config-map.ts";
import type { Kustomization } from "./kustomization.ts";
import { describeObject, isMap, keyOf, type ManifestObject } from "./manifest-object.ts";
import { manifestError } from "./manifest-error.ts";
import { nameByContent } from "./name-by-content.ts";
import { parseDocuments } from "./parse-documents.ts";
import { readKustomization } from "./read-kustomization.ts";

/** Nobody nests them deeper; a directory that holds itself does. */
const deepest = 20;

/**
 * The objects of a directory with a kustomization.yaml, in the order of its files, as `kubectl kustomize` makes them. `over` is
 * what a kustomization.yaml on top of it would say; its paths start at the directory. FlyteError MANIFEST_INVALID names the file and
 * the field that is wrong, or not known here.
 */
export async function buildKustomization(
  directory: string,
  over: Omit<Kustomization, "resources" | "sortOptions"> = {},
): Promise<readonly KubernetesObject[]> {
  const objects = await accumulate(directory, 0);
  const built = nameByContent(await transform(objects, "the kustomization on top", directory, over));
  return built.map(asObject);
}

async function accumulate(directory: string, depth: number): Promise<readonly ManifestObject[]> {
  const file = path.join(directory, "kustomization.yaml");
  if (depth > deepest) throw manifestError(file, "it contains itself");
  const [content, second] = parseDocuments(file, await textOf(file, file));
  if (second !== undefined) throw manifestError(file, "it has more than one document");
  const kustomization = readKustomization(file, content);
  const objects: ManifestObject[] = [];
  for (const resource of kustomization.resources ?? []) {
    const at = path.join(directory, resource);
    if (await isDirectory(at, file)) objects.push(...(await accumulate(at, depth + 1)));
    else objects.push(...(await objectsIn(at, file)));
  }
  return await transform(objects, file, directory, kustomization);
}

/** In kustomize's order: what one step has changed, the next one sees. */
async function transform(
  given: readonly ManifestObject[],
  file: string,
  directory: string,
  { namespace, labels = [], images = [], patches = [], configMapGenerator = [] }: Kustomization,
): Promise<readonly ManifestObject[]> {
  let objects = given;
  for (const generated of configMapGenerator) objects = await generateConfigMap(objects, file, directory, generated);
  for (const { path: from, patch, target } of patches) {
    const at = from === undefined ? file : path.join(directory, from);
    objects = applyPatch(objects, at, patch ?? (await textOf(at, file)), target);
  }
  const refuse = (what: string): never => {
    throw manifestError(file, what);
  };
  const changed = objects.map((one) => {
    let { object } = one;
    if (namespace !== undefined) object = applyNamespace(object, namespace, refuse);
    for (const label of labels) object = applyLabels(object, label);
    for (const image of images) object = applyImage(object, image);
    return { ...one, object };
  });
  const seen = new Set<string>();
  for (const { object } of changed) {
    const { group, kind, name, namespace: within } = keyOf(object);
    const key = [group, kind, within, name].join("/");
    if (seen.has(key)) refuse(`${describeObject(object)} is there twice`);
    seen.add(key);
  }
  return changed;
}

async function objectsIn(at: string, file: string): Promise<readonly ManifestObject[]> {
  return parseDocuments(at, await textOf(at, file)).map((object) => {
    if (!isMap(object)) throw manifestError(at, "it holds something that is no object");
    const { version, kind, name } = keyOf(object);
    if (version === "" || kind === "" || name === "") throw manifestError(at, "an object has no apiVersion, kind or metadata.name");
    return { object, hashed: false };
  });
}

async function textOf(at: string, file: string): Promise<string> {
  try {
    return await readFile(at, "utf8");
  } catch (error) {
    throw manifestError(file, messageOf(error));
  }
}

async function isDirectory(at: string, file: string): Promise<boolean> {
  try {
    return (await stat(at)).isDirectory();
  } catch (error) {
    throw manifestError(file, messageOf(error));
  }
}

function asObject(object: JsonObject): KubernetesObject {
  return { ...object, metadata: isMap(object["metadata"]) ? object["metadata"] : {} };
}
