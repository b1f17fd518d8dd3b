import Long from "long";
import { toNumber, toTimestamp } from "../../idl/time.ts";
import type { ProtoDuration, ProtoTimestamp } from "../../idl/types.ts";

// Times as rows hold them (ports/tables.ts): RFC 3339 text in UTC with six decimals, durations in nanoseconds.

let lastSeconds = NaN;
let lastText = "";

/** To the second, without a zone; events come in many a second. */
function secondsText(seconds: number): string {
  if (seconds !== lastSeconds) {
    lastText = new Date(seconds * 1000).toISOString().slice(0, 19);
    lastSeconds = seconds;
  }
  return lastText;
}

/** A protobuf Timestamp as a row holds it; what is finer than a microsecond is cut off. */
export function rowTime(timestamp: ProtoTimestamp): string {
  const micros = Math.floor((timestamp.nanos ?? 0) / 1000);
  return `${secondsText(toNumber(timestamp.seconds))}.${String(micros).padStart(6, "0")}Z`;
}

/** Epoch milliseconds as a row holds them. */
export function rowTimeOf(milliseconds: number): string {
  return rowTime(toTimestamp(milliseconds));
}

/** Nanoseconds from one time to another. */
export function nanosBetween(start: ProtoTimestamp, end: ProtoTimestamp): number {
  return (toNumber(end.seconds) - toNumber(start.seconds)) * 1e9 + (end.nanos ?? 0) - (start.nanos ?? 0);
}

export function durationOfNanos(nanos: number): ProtoDuration {
  const seconds = Math.trunc(nanos / 1e9);
  return { seconds: Long.fromNumber(seconds), nanos: nanos - seconds * 1e9 };
}
