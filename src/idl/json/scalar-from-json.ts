import Long from "long";
import type { Enum, Field } from "protobufjs";
import { StatusError } from "../status.ts";
import type { JsonValue } from "./json-value.ts";

type Integers = { readonly min: bigint; readonly max: bigint; readonly unsigned: boolean };
const signed = (bits: bigint): Integers => ({ min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n, unsigned: false });
const unsigned = (bits: bigint): Integers => ({ min: 0n, max: (1n << bits) - 1n, unsigned: true });
const integers: Readonly<Record<string, Integers>> = {
  int32: signed(32n),
  sint32: signed(32n),
  sfixed32: signed(32n),
  uint32: unsigned(32n),
  fixed32: unsigned(32n),
  int64: signed(64n),
  sint64: signed(64n),
  sfixed64: signed(64n),
  uint64: unsigned(64n),
  fixed64: unsigned(64n),
};

const largestFloat = 3.4028234663852886e38;

export function badValue(path: string, wanted: string, got: JsonValue): StatusError {
  const shown = JSON.stringify(got) ?? "nothing";
  return new StatusError(
    "INVALID_ARGUMENT",
    `invalid value for ${path}: expected ${wanted}, got ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`,
  );
}

/** One JSON value as the value of a field that is no message (an element of a repeated one); INVALID_ARGUMENT naming `path`. */
export function scalarFromJson(field: Field, json: JsonValue, path: string): unknown {
  if (field.resolvedType !== null) return enumFromJson(field.resolvedType as Enum, json, path);
  const range = integers[field.type];
  if (range) return integerFromJson(field.type, range, json, path);
  switch (field.type) {
    case "bool":
      if (typeof json !== "boolean") throw badValue(path, "true or false", json);
      return json;
    case "string":
      if (typeof json !== "string") throw badValue(path, "a string", json);
      return json;
    case "bytes":
      return bytesFromJson(json, path);
    default:
      return floatFromJson(field.type, json, path);
  }
}

function enumFromJson(type: Enum, json: JsonValue, path: string): number {
  if (type.fullName === ".google.protobuf.NullValue" && json === null) return 0;
  if (typeof json === "number" && Number.isInteger(json) && Math.abs(json) <= 2 ** 31) return json;
  const value = typeof json === "string" && Object.hasOwn(type.values, json) ? type.values[json] : undefined;
  if (value === undefined) throw badValue(path, `one of ${Object.keys(type.values).join(", ")}`, json);
  return value;
}

function integerFromJson(type: string, range: Integers, json: JsonValue, path: string): number | Long {
  const wanted = `a whole number (${type})`;
  let value: bigint;
  if (typeof json === "number") {
    if (!Number.isInteger(json)) throw badValue(path, wanted, json);
    value = BigInt(json);
  } else if (typeof json === "string" && /^-?\d{1,20}$/.test(json)) {
    value = BigInt(json);
  } else if (typeof json === "string" && /^-?\d{1,20}(\.\d+)?([eE][+-]?\d{1,3})?$/.test(json) && Number.isSafeInteger(Number(json))) {
    value = BigInt(Number(json));
  } else {
    throw badValue(path, wanted, json);
  }
  if (value < range.min || value > range.max) throw badValue(path, wanted, json);
  return type.endsWith("64") ? Long.fromString(value.toString(), range.unsigned) : Number(value);
}

function floatFromJson(type: string, json: JsonValue, path: string): number {
  if (json === "NaN") return Number.NaN;
  if (json === "Infinity") return Infinity;
  if (json === "-Infinity") return -Infinity;
  const value = typeof json === "string" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(json) ? Number(json) : json;
  if (typeof value !== "number" || !Number.isFinite(value) || (type === "float" && Math.abs(value) > largestFloat)) {
    throw badValue(path, `a number (${type})`, json);
  }
  return value;
}

/** Base64, also in the alphabet for URLs, with or without padding. */
function bytesFromJson(json: JsonValue, path: string): Uint8Array {
  if (typeof json !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(json) || json.replace(/=+$/, "").length % 4 === 1) {
    throw badValue(path, "bytes in base64", json);
  }
  return Buffer.from(json, "base64");
}
