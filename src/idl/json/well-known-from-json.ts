import Long from "long";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { badValue } from "./scalar-from-json.ts";

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i;
const durationLimit = 315_576_000_000;

const nanosOf = (digits: string | undefined): number => Number((digits ?? "").padEnd(9, "0"));

/** RFC 3339, years 1 to 9999, any offset. */
export function timestampFromJson(json: JsonValue, path: string): object {
  const match = typeof json === "string" ? rfc3339.exec(json) : null;
  if (!match || typeof json !== "string") throw badValue(path, "a time such as 2006-01-02T15:04:05Z", json);
  const [, year, month, day, hour, minute, second, fraction, zone = "Z"] = match;
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone.toUpperCase()}`);
  // Date.parse lets 30 February roll over; the date itself must exist.
  const local = new Date(Date.UTC(2000, Number(month) - 1, 1));
  local.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (Number.isNaN(milliseconds) || year === "0000" || local.getUTCDate() !== Number(day)) {
    throw badValue(path, "a time such as 2006-01-02T15:04:05Z", json);
  }
  const seconds = milliseconds / 1000;
  if (seconds < -62135596800 || seconds > 253402300799) throw badValue(path, "a time in the years 1 to 9999", json);
  return { seconds: Long.fromNumber(seconds), nanos: nanosOf(fraction) };
}

/** Seconds with up to nine decimals and an `s`; seconds and nanoseconds get the same sign. */
export function durationFromJson(json: JsonValue, path: string): object {
  const match = typeof json === "string" ? /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(json) : null;
  if (!match || Number(match[2]) > durationLimit) throw badValue(path, "a duration such as 1.5s", json);
  const sign = match[1] === "-" ? -1 : 1;
  // Adding zero turns -0 into 0.
  return { seconds: Long.fromNumber(sign * Number(match[2])), nanos: sign * nanosOf(match[3]) + 0 };
}

/** Plain JSON as a google.protobuf.Value; `depth` levels may still be opened. */
export function valueFromJson(json: JsonValue, path: string, depth: number): object {
  if (json === null) return { nullValue: 0 };
  if (typeof json === "number") return { numberValue: json };
  if (typeof json === "string") return { stringValue: json };
  if (typeof json === "boolean") return { boolValue: json };
  if (Array.isArray(json)) return { listValue: listFromJson(json, path, depth) };
  return { structValue: structFromJson(json, path, depth) };
}

export function listFromJson(json: JsonValue, path: string, depth: number): object {
  if (!Array.isArray(json)) throw badValue(path, "a list", json);
  if (depth <= 0) throw tooDeep(path);
  return { values: (json as readonly JsonValue[]).map((element) => valueFromJson(element, path, depth - 1)) };
}

export function structFromJson(json: JsonValue, path: string, depth: number): object {
  if (!isObject(json)) throw badValue(path, "an object", json);
  if (depth <= 0) throw tooDeep(path);
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) setOwn(fields, key, valueFromJson(value, path, depth - 1));
  return { fields };
}

export function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Sets a key that may be `__proto__`. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

export function tooDeep(path: string): Error {
  return badValue(path, "a value nested less deeply", "…");
}
