import type { Field, Type } from "protobufjs";
import { StatusError } from "../status.ts";
import type { JsonValue } from "./json-value.ts";
import { badValue, scalarFromJson } from "./scalar-from-json.ts";
import {
  durationFromJson,
  isObject,
  listFromJson,
  setOwn,
  structFromJson,
  timestampFromJson,
  tooDeep,
  valueFromJson,
} from "./well-known-from-json.ts";

const maxDepth = 100;
const maxElements = 2_000_000;

const wrappers = /^\.google\.protobuf\.(Double|Float|Int64|UInt64|Int32|UInt32|Bool|String|Bytes)Value$/;

/** How much of the bounds is used up, shared by a whole message. */
interface Budget {
  elements: number;
}

/**
 * Protobuf's JSON form (also the gateway's) as a plain object for the static class's `encode`. Field names in
 * lowerCamelCase or as in the .proto file, enums by name or number, 64-bit integers as strings or numbers, null for
 * unset. INVALID_ARGUMENT, with the path, for: unknown fields, values of another kind, two members of a oneof, a field
 * named twice, more than 100 levels or two million values.
 */
export function fromJsonValue(type: Type, json: JsonValue, path = ""): object {
  return messageFromJson(type, json, path, maxDepth, { elements: 0 });
}

function messageFromJson(type: Type, json: JsonValue, path: string, depth: number, budget: Budget): object {
  const where = path || type.name;
  if (depth <= 0) throw tooDeep(where);
  if (++budget.elements > maxElements) throw new StatusError("INVALID_ARGUMENT", `the request holds more than ${maxElements} values`);
  switch (type.fullName) {
    case ".google.protobuf.Timestamp":
      return timestampFromJson(json, where);
    case ".google.protobuf.Duration":
      return durationFromJson(json, where);
    case ".google.protobuf.Struct":
      return structFromJson(json, where, depth);
    case ".google.protobuf.Value":
      return valueFromJson(json, where, depth);
    case ".google.protobuf.ListValue":
      return listFromJson(json, where, depth);
    case ".google.protobuf.Any":
      return anyFromJson(type, json, where, depth, budget);
  }
  const wrapped = wrappers.test(type.fullName) ? type.fields["value"] : undefined;
  if (wrapped) return { value: scalarFromJson(wrapped, json, where) };
  if (!isObject(json)) throw badValue(where, "an object", json);

  const message: Record<string, unknown> = {};
  const names = namesOf(type);
  const oneofs = new Map<string, string>();
  const seen = new Set<string>();
  for (const [key, value] of Object.entries(json)) {
    const field = names.get(key);
    const at = path ? `${path}.${key}` : key;
    if (!field) throw new StatusError("INVALID_ARGUMENT", `unknown field ${at} in ${type.fullName.slice(1)}`);
    if (seen.has(field.name)) throw new StatusError("INVALID_ARGUMENT", `field ${at} is given twice`);
    seen.add(field.name);
    if (value === null && !takesNull(field)) continue;
    if (field.partOf) {
      const other = oneofs.get(field.partOf.name);
      if (other !== undefined) throw new StatusError("INVALID_ARGUMENT", `${at} and ${other} cannot both be set`);
      oneofs.set(field.partOf.name, at);
    }
    message[field.name] = fieldFromJson(field, value, at, depth, budget);
  }
  return message;
}

function fieldFromJson(field: Field, json: JsonValue, path: string, depth: number, budget: Budget): unknown {
  if (field.map) {
    if (!isObject(json)) throw badValue(path, "an object", json);
    const map: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(json)) setOwn(map, key, elementFromJson(field, value, `${path}[${key}]`, depth, budget));
    return map;
  }
  if (!field.repeated) return elementFromJson(field, json, path, depth, budget);
  if (!Array.isArray(json)) throw badValue(path, "a list", json);
  return (json as readonly JsonValue[]).map((value, index) => elementFromJson(field, value, `${path}[${index}]`, depth, budget));
}

function elementFromJson(field: Field, json: JsonValue, path: string, depth: number, budget: Budget): unknown {
  const type = field.resolvedType;
  if (type !== null && "fields" in type) {
    if (json === null && !takesNull(field)) throw badValue(path, "an object", json);
    return messageFromJson(type, json, path, depth - 1, budget);
  }
  if (++budget.elements > maxElements) throw new StatusError("INVALID_ARGUMENT", `the request holds more than ${maxElements} values`);
  return scalarFromJson(field, json, path);
}

/** JSON's null is a value there, not the absence of one. */
function takesNull(field: Field): boolean {
  const name = field.resolvedType?.fullName;
  return name === ".google.protobuf.Value" || name === ".google.protobuf.NullValue";
}

function anyFromJson(type: Type, json: JsonValue, path: string, depth: number, budget: Budget): object {
  if (!isObject(json)) throw badValue(path, "an object", json);
  const { "@type": url, ...rest } = json;
  if (url === undefined && Object.keys(rest).length === 0) return {};
  if (typeof url !== "string") throw badValue(`${path}.@type`, "the URL of a message type", url ?? null);
  const found = type.root.lookup(url.slice(url.lastIndexOf("/") + 1));
  if (found === null || !("fieldsArray" in found)) throw badValue(`${path}.@type`, "the URL of a known message type", url);
  const inner = found as Type;
  const isPlain = !inner.fullName.startsWith(".google.protobuf.") || inner.fullName === ".google.protobuf.Empty";
  const message = messageFromJson(inner, isPlain ? rest : (rest["value"] ?? null), path, depth - 1, budget);
  return { type_url: url, value: inner.encode(message).finish() };
}

const namesByType = new WeakMap<Type, ReadonlyMap<string, Field>>();

/** A message's fields under both of their names. */
export function namesOf(type: Type): ReadonlyMap<string, Field> {
  let names = namesByType.get(type);
  if (!names) {
    names = new Map(type.fieldsArray.flatMap((field) => [[field.protoName, field] as const, [field.jsonName, field] as const]));
    namesByType.set(type, names);
  }
  return names;
}
