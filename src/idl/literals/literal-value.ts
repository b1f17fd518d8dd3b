import { decodeMsgpack } from "../msgpack.ts";
import { flyteidl } from "../flyteidl.ts";
import { fromDuration, fromTimestamp } from "../time.ts";
import type { Literal, LiteralMap, Scalar } from "../types.ts";
import type { google } from "../flyteidl.ts";

/** A literal as plain JSON, for reading: 64-bit integers beyond 2^53 and non-finite floats as text, times RFC 3339, durations as `1.5s`, files by URI. */
export function literalValue(literal: Literal | null | undefined): unknown {
  if (literal?.scalar != null) return scalarValue(literal.scalar);
  if (literal?.collection != null) return (literal.collection.literals ?? []).map(literalValue);
  if (literal?.map != null) return literalsValue(literal.map);
  if (literal?.offloadedMetadata != null) return { uri: literal.offloadedMetadata.uri, offloaded: true };
  return null;
}

/** The literals of a map by name, as literalValue. */
export function literalsValue(map: LiteralMap | null | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map?.literals ?? {}).map(([name, literal]) => [name, literalValue(literal)]));
}

/** A timestamp as RFC 3339 with milliseconds, null when unset. */
export function timeText(timestamp: google.protobuf.Timestamp.$Properties | null | undefined): string | null {
  const milliseconds = fromTimestamp(timestamp);
  return milliseconds === undefined || Math.abs(milliseconds) > 8.64e15 ? null : new Date(milliseconds).toISOString();
}

function scalarValue(scalar: Scalar): unknown {
  if (scalar.primitive != null) return primitiveValue(scalar.primitive);
  if (scalar.union != null) return literalValue(scalar.union.value);
  if (scalar.noneType != null) return null;
  if (scalar.blob != null) return scalar.blob.uri ?? null;
  if (scalar.schema != null) return scalar.schema.uri ?? null;
  if (scalar.structuredDataset != null) return scalar.structuredDataset.uri ?? null;
  if (scalar.generic != null) return structValue(scalar.generic);
  if (scalar.error != null) return { failedNodeId: scalar.error.failedNodeId ?? null, message: scalar.error.message ?? null };
  if (scalar.binary != null) return binaryValue(scalar.binary);
  return null;
}

function primitiveValue(primitive: flyteidl.core.Primitive.$Properties): unknown {
  if (primitive.integer != null) return integerValue(BigInt(primitive.integer.toString()));
  if (primitive.floatValue != null) return Number.isFinite(primitive.floatValue) ? primitive.floatValue : String(primitive.floatValue);
  if (primitive.stringValue != null) return primitive.stringValue;
  if (primitive.boolean != null) return primitive.boolean;
  if (primitive.datetime != null) return timeText(primitive.datetime);
  if (primitive.duration != null) return `${(fromDuration(primitive.duration) ?? 0) / 1000}s`;
  return null;
}

function integerValue(integer: bigint): number | string {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : String(integer);
}

function binaryValue(binary: flyteidl.core.Binary.$Properties): unknown {
  const bytes = binary.value ?? new Uint8Array();
  if (binary.tag === "msgpack") {
    try {
      return jsonable(decodeMsgpack(bytes));
    } catch {
      // Shown as any other binary.
    }
  }
  return { tag: binary.tag ?? "", base64: Buffer.from(bytes).toString("base64") };
}

function jsonable(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(jsonable);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonable(item)]));
  return value;
}

function structValue(struct: google.protobuf.Struct.$Properties): Record<string, unknown> {
  const valueOf = (value: google.protobuf.Value.$Properties): unknown => {
    if (value.structValue != null) return structValue(value.structValue);
    if (value.listValue != null) return (value.listValue.values ?? []).map(valueOf);
    return value.stringValue ?? value.numberValue ?? value.boolValue ?? null;
  };
  return Object.fromEntries(Object.entries(struct.fields ?? {}).map(([key, value]) => [key, valueOf(value)]));
}
