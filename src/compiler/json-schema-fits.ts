import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "../idl/json/json-value.ts";

const deepest = 64;

/**
 * Whether an object of JSON schema `upstream` may be given for one of `downstream` (flytekit puts both into the types of
 * dataclasses): the schemas are equal, or upstream has all that downstream requires, with fitting types. Keywords that
 * say nothing about the shape are not compared.
 */
export function jsonSchemaFits(upstream: JsonValue, downstream: JsonValue): boolean {
  return isDeepStrictEqual(upstream, downstream) || fits(upstream, downstream, { upstream, downstream }, 0);
}

interface Roots {
  readonly upstream: JsonValue;
  readonly downstream: JsonValue;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fits(upstreamSchema: JsonValue, downstreamSchema: JsonValue, roots: Roots, depth: number): boolean {
  // Recursive types would go on for ever; what agreed so far is taken to agree.
  if (depth > deepest) return true;
  const upstream = resolve(upstreamSchema, roots.upstream);
  const downstream = resolve(downstreamSchema, roots.downstream);
  if (!isObject(downstream) || Object.keys(downstream).length === 0) return true;
  if (!isObject(upstream)) return false;
  const inner = (a: JsonValue, b: JsonValue): boolean => fits(a, b, roots, depth + 1);
  const alternatives = variants(downstream);
  if (alternatives !== undefined) return (variants(upstream) ?? [upstream]).every((given) => alternatives.some((one) => inner(given, one)));
  const given = variants(upstream);
  if (given !== undefined) return given.every((one) => inner(one, downstream));
  return (
    typeFits(upstream, downstream) &&
    enumFits(upstream, downstream) &&
    propertiesFit(upstream, downstream, inner) &&
    itemsFit(upstream, downstream, inner)
  );
}

function resolve(schema: JsonValue, root: JsonValue): JsonValue {
  let current = schema;
  for (let hops = 0; hops < deepest && isObject(current) && typeof current["$ref"] === "string"; hops++) {
    let target: JsonValue | undefined = root;
    for (const part of current["$ref"]
      .replace(/^#\/?/, "")
      .split("/")
      .filter((one) => one !== "")) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      target = isObject(target) && Object.hasOwn(target, key) ? target[key] : undefined;
    }
    if (target === undefined || target === current) return {};
    current = target;
  }
  return current;
}

function variants(schema: JsonObject): readonly JsonValue[] | undefined {
  const list = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(list) ? (list as readonly JsonValue[]) : undefined;
}

const typesOf = (schema: JsonObject): readonly JsonValue[] =>
  schema["type"] === undefined ? [] : Array.isArray(schema["type"]) ? (schema["type"] as readonly JsonValue[]) : [schema["type"]];

function typeFits(upstream: JsonObject, downstream: JsonObject): boolean {
  const wanted = typesOf(downstream);
  const given = typesOf(upstream);
  if (wanted.length === 0) return true;
  return given.length > 0 && given.every((type) => wanted.includes(type) || (type === "integer" && wanted.includes("number")));
}

function enumFits(upstream: JsonObject, downstream: JsonObject): boolean {
  const wanted = downstream["enum"];
  const given = upstream["enum"];
  if (!Array.isArray(wanted)) return true;
  return Array.isArray(given) && given.every((value) => wanted.includes(value));
}

function propertiesFit(upstream: JsonObject, downstream: JsonObject, inner: (a: JsonValue, b: JsonValue) => boolean): boolean {
  const given = isObject(upstream["properties"]) ? upstream["properties"] : {};
  const wanted = isObject(downstream["properties"]) ? downstream["properties"] : {};
  const required = Array.isArray(downstream["required"]) ? downstream["required"] : [];
  if (!required.every((name) => typeof name === "string" && Object.hasOwn(given, name))) return false;
  return Object.entries(wanted).every(([name, schema]) => {
    const found = Object.hasOwn(given, name) ? given[name] : undefined;
    return found === undefined || inner(found, schema);
  });
}

function itemsFit(upstream: JsonObject, downstream: JsonObject, inner: (a: JsonValue, b: JsonValue) => boolean): boolean {
  return ["items", "additionalProperties"].every((key) => {
    const wanted = downstream[key];
    const given = upstream[key];
    return !isObject(wanted) || !isObject(given) || inner(given, wanted);
  });
}
