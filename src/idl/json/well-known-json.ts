import Long from "long";
import type { JsonValue } from "./json-value.ts";
import { setJsonKey } from "./json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

const longOf = (value: unknown): Long => (Long.isLong(value) ? value : typeof value === "number" ? Long.fromNumber(value) : Long.ZERO);
const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

/** 0, 3, 6 or 9 decimals with their point, as few as hold the nanoseconds. */
function fraction(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  if (nanos % 1_000_000 === 0) return `.${digits.slice(0, 3)}`;
  return nanos % 1_000 === 0 ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

/** RFC 3339 in UTC, e.g. `2019-03-29T12:00:00.001Z`; RangeError outside the years 1 to 9999. */
export function timestampText(message: Fields): string {
  const seconds = longOf(message["seconds"]).toNumber();
  if (seconds < -62135596800 || seconds > 253402300799) throw new RangeError(`timestamp of ${seconds} seconds is out of range`);
  const whole = new Date(seconds * 1000).toISOString();
  return `${whole.slice(0, -5)}${fraction(numberOf(message["nanos"]))}Z`;
}

/** Seconds with an `s`, e.g. `-1.500s`. */
export function durationText(message: Fields): string {
  const seconds = longOf(message["seconds"]);
  const nanos = numberOf(message["nanos"]);
  const negative = seconds.isNegative() || nanos < 0;
  const text = seconds.toString();
  return `${negative && !text.startsWith("-") ? "-" : ""}${text}${fraction(Math.abs(nanos))}s`;
}

/** A google.protobuf.Struct, Value or ListValue as the plain JSON it stands for. */
export function structJson(message: object): JsonValue {
  const fields = (message as Fields)["fields"];
  const object: Record<string, JsonValue> = {};
  if (typeof fields === "object" && fields !== null) {
    for (const [key, value] of Object.entries(fields)) setJsonKey(object, key, valueJson(value as Fields));
  }
  return object;
}

export function listJson(message: Fields): JsonValue {
  const values = message["values"];
  return Array.isArray(values) ? values.map((value) => valueJson(value as Fields)) : [];
}

export function valueJson(message: Fields): JsonValue {
  if (message["structValue"] != null) return structJson(message["structValue"] as Fields);
  if (message["listValue"] != null) return listJson(message["listValue"] as Fields);
  if (typeof message["stringValue"] === "string") return message["stringValue"];
  if (typeof message["boolValue"] === "boolean") return message["boolValue"];
  if (typeof message["numberValue"] === "number") return floatJson(message["numberValue"]);
  return null;
}

/** Numbers that JSON has no text for are strings. */
export function floatJson(value: number): number | string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

/** The number of the fewest digits that is `value` once rounded to 32 bits: 0.8, not 0.800000011920929. */
export function shortFloat32(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}
