import type { JsonObject, JsonValue } from "../../idl/json/json-value.ts";
import type { Kustomization } from "./kustomization.ts";
import { isList, isMap } from "./manifest-object.ts";
import { manifestError } from "./manifest-error.ts";

type Check = (value: JsonValue, path: string, refuse: Refuse) => void;
type Refuse = (what: string) => never;

const text: Check = (value, path, refuse) => {
  if (typeof value !== "string" || value === "") refuse(`${path} is not a text`);
};
const flag: Check = (value, path, refuse) => {
  if (typeof value !== "boolean") refuse(`${path} is not true or false`);
};
const oneOf =
  (...known: readonly string[]): Check =>
  (value, path, refuse) => {
    if (typeof value !== "string" || !known.includes(value)) refuse(`${path} is ${JSON.stringify(value)}; known here: ${known.join(", ")}`);
  };
const listOf =
  (check: Check): Check =>
  (value, path, refuse) => {
    if (!isList(value)) return refuse(`${path} is not a list`);
    for (const [index, element] of value.entries()) check(element, `${path}[${index}]`, refuse);
  };
const texts: Check = (value, path, refuse) => {
  if (!isMap(value)) return refuse(`${path} is not a mapping`);
  for (const [key, one] of Object.entries(value)) text(one, `${path}.${key}`, refuse);
};
const mapping =
  (fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value, path, refuse) => {
    const within = path === "" ? "" : `${path}.`;
    if (!isMap(value)) return refuse(`${path === "" ? "it" : path} is not a mapping`);
    for (const [key, one] of Object.entries(value)) {
      const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!check) return refuse(`${within}${key} is not known here; known: ${Object.keys(fields).join(", ")}`);
      check(one, `${within}${key}`, refuse);
    }
    for (const key of required) if (!(key in value)) refuse(`${within}${key} must be given`);
  };

const file = mapping(
  {
    apiVersion: oneOf("kustomize.config.k8s.io/v1beta1"),
    kind: oneOf("Kustomization"),
    resources: listOf(text),
    namespace: text,
    labels: listOf(mapping({ pairs: texts, includeTemplates: flag }, ["pairs"])),
    images: listOf(mapping({ name: text, newName: text, newTag: text, digest: text }, ["name"])),
    patches: listOf(
      mapping({ path: text, patch: text, target: mapping({ group: text, version: text, kind: text, name: text, namespace: text }) }),
    ),
    configMapGenerator: listOf(
      mapping({ name: text, namespace: text, behavior: oneOf("create", "merge"), files: listOf(text), literals: listOf(text) }, ["name"]),
    ),
    sortOptions: mapping({ order: oneOf("fifo") }, ["order"]),
  },
  ["apiVersion", "kind"],
);

/** The content of a kustomization.yaml. FlyteError MANIFEST_INVALID for a field that is not known here, with its place. */
export function readKustomization(name: string, content: JsonValue | undefined): Kustomization {
  const refuse: Refuse = (what) => {
    throw manifestError(name, what);
  };
  file(content ?? null, "", refuse);
  const read = content as JsonObject & Kustomization;
  for (const [index, { path, patch }] of (read.patches ?? []).entries())
    if ((path === undefined) === (patch === undefined)) refuse(`patches[${index}] needs either path or patch`);
  return read;
}
