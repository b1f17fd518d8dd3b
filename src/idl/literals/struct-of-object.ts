import type { google } from "../flyteidl.ts";

type Value = google.protobuf.Value.$Properties;

/** A JSON object as google.protobuf.Struct. */
export function structOf(object: Readonly<Record<string, unknown>>): google.protobuf.Struct.$Properties {
  return { fields: Object.fromEntries(Object.entries(object).map(([key, value]) => [key, valueOf(value)])) };
}

function valueOf(value: unknown): Value {
  if (value === null || value === undefined) return { nullValue: 0 };
  if (typeof value === "number" || typeof value === "bigint") return { numberValue: Number(value) };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(valueOf) } };
  return { structValue: structOf(value as Record<string, unknown>) };
}
