import Long from "long";
import type { ProtoDuration, ProtoTimestamp } from "./types.ts";

/** A number or Long of the wire as a number; beyond 2^53 precision is lost. */
export function toNumber(value: number | Long | null | undefined): number {
  return value == null ? 0 : typeof value === "number" ? value : value.toNumber();
}

/** Epoch milliseconds (fractions kept) as a protobuf Timestamp. */
export function toTimestamp(milliseconds: number): { seconds: Long; nanos: number } {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds: Long.fromNumber(seconds), nanos: Math.round((milliseconds - seconds * 1000) * 1e6) };
}

export function fromTimestamp(timestamp: ProtoTimestamp | null | undefined): number | undefined {
  return timestamp == null ? undefined : toNumber(timestamp.seconds) * 1000 + (timestamp.nanos ?? 0) / 1e6;
}

/** Milliseconds as a protobuf Duration; seconds and nanos have the same sign. */
export function toDuration(milliseconds: number): { seconds: Long; nanos: number } {
  const seconds = Math.trunc(milliseconds / 1000);
  return { seconds: Long.fromNumber(seconds), nanos: Math.round((milliseconds - seconds * 1000) * 1e6) };
}

export function fromDuration(duration: ProtoDuration | null | undefined): number | undefined {
  return duration == null ? undefined : toNumber(duration.seconds) * 1000 + (duration.nanos ?? 0) / 1e6;
}
