import Long from "long";
import type { Enum, Field, Type } from "protobufjs";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { setJsonKey } from "./json-value.ts";
import { durationText, floatJson, listJson, shortFloat32, structJson, timestampText, valueJson } from "./well-known-json.ts";

export interface ToJsonOptions {
  /** Fields at their default are written too: lists `[]`, maps `{}`, unset messages null. Never unset members of a oneof. */
  readonly emitUnpopulated: boolean;
  /** lowerCamelCase or the names of the .proto file. */
  readonly fieldNames: "json" | "proto";
}

type Fields = Readonly<Record<string, unknown>>;

const wrappers = /^\.google\.protobuf\.(Double|Float|Int64|UInt64|Int32|UInt32|Bool|String|Bytes)Value$/;
const wellKnown: Readonly<Record<string, (message: Fields) => JsonValue>> = {
  ".google.protobuf.Timestamp": timestampText,
  ".google.protobuf.Duration": durationText,
  ".google.protobuf.Struct": structJson,
  ".google.protobuf.Value": valueJson,
  ".google.protobuf.ListValue": listJson,
};

/**
 * A decoded message (of the static modules, or of reflection) in protobuf's JSON form: 64-bit integers as strings, enums
 * by name, bytes in padded base64, timestamps RFC 3339 and durations in seconds with 0, 3, 6 or 9 decimals, Structs as
 * plain JSON, 32-bit floats in their shortest text. A set member of a oneof is there even at its zero value. An Any is
 * written with `@type` when `type`'s root knows its message, else with its bytes.
 */
export function toJsonValue(type: Type, message: object, options: ToJsonOptions): JsonValue {
  const fields = message as Fields;
  const known = wellKnown[type.fullName];
  if (known) return known(fields);
  if (wrappers.test(type.fullName)) return scalarJson(type.fields["value"]!, fields["value"] ?? defaultOf(type.fields["value"]!));
  if (type.fullName === ".google.protobuf.Any") return anyJson(type, fields, options);
  const object: Record<string, JsonValue> = {};
  for (const field of type.fieldsArray) {
    const value = fieldJson(field, fields, options);
    if (value !== undefined) object[options.fieldNames === "json" ? field.jsonName : field.protoName] = value;
  }
  return object;
}

function fieldJson(field: Field, fields: Fields, options: ToJsonOptions): JsonValue | undefined {
  const value = fields[field.name];
  if (field.map) {
    const entries = Object.entries((value ?? {}) as Fields);
    if (entries.length === 0 && !options.emitUnpopulated) return undefined;
    // flyteidl has no maps with integer keys, which protobufjs keeps in a form of its own.
    const object: Record<string, JsonValue> = {};
    for (const [key, element] of entries) setJsonKey(object, key, elementJson(field, element, options));
    return object;
  }
  if (field.repeated) {
    const list = (value ?? []) as readonly unknown[];
    if (list.length === 0 && !options.emitUnpopulated) return undefined;
    return list.map((element) => elementJson(field, element, options));
  }
  if (field.partOf) return value == null ? undefined : elementJson(field, value, options);
  if (value == null) {
    if (!options.emitUnpopulated) return undefined;
    return isMessage(field) ? null : scalarJson(field, defaultOf(field));
  }
  if (!options.emitUnpopulated && !isMessage(field) && isDefault(value)) return undefined;
  return elementJson(field, value, options);
}

const isMessage = (field: Field): boolean => field.resolvedType !== null && "fields" in field.resolvedType;

function elementJson(field: Field, value: unknown, options: ToJsonOptions): JsonValue {
  if (isMessage(field)) return toJsonValue(field.resolvedType as Type, value as object, options);
  return scalarJson(field, value);
}

function scalarJson(field: Field, value: unknown): JsonValue {
  if (field.resolvedType !== null) {
    // An enum; google.protobuf.NullValue is JSON's null, and a number that has no name stays a number.
    if (field.resolvedType.fullName === ".google.protobuf.NullValue") return null;
    const number = Number(value);
    return (field.resolvedType as Enum).valuesById[number] ?? number;
  }
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  switch (field.type) {
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return String(value);
    case "float":
      return floatJson(shortFloat32(Number(value)));
    case "double":
      return floatJson(Number(value));
    case "bytes":
      return "";
    default:
      return value as JsonValue;
  }
}

function isDefault(value: unknown): boolean {
  if (Long.isLong(value)) return value.isZero();
  if (value instanceof Uint8Array) return value.length === 0;
  return value === "" || value === false || Object.is(value, 0);
}

function defaultOf(field: Field): unknown {
  if (
    field.resolvedType !== null ||
    field.type === "double" ||
    field.type === "float" ||
    field.type.includes("int") ||
    field.type.includes("fixed")
  )
    return 0;
  return field.type === "bool" ? false : "";
}

function anyJson(type: Type, fields: Fields, options: ToJsonOptions): JsonValue {
  // protobufjs keeps this name as it is in its own Any.
  const given = fields["type_url"] ?? fields["typeUrl"];
  const url = typeof given === "string" ? given : "";
  const value = fields["value"] instanceof Uint8Array ? fields["value"] : new Uint8Array();
  if (url === "" && value.length === 0) return {};
  const name = url.slice(url.lastIndexOf("/") + 1);
  const inner = type.root.lookup(name);
  if (inner === null || !("fieldsArray" in inner)) return { "@type": url, value: Buffer.from(value).toString("base64") };
  const innerType = inner as Type;
  const json = toJsonValue(innerType, innerType.decode(value), options);
  const isPlain = !(innerType.fullName in wellKnown) && !wrappers.test(innerType.fullName);
  return isPlain ? { "@type": url, ...(json as JsonObject) } : { "@type": url, value: json };
}
