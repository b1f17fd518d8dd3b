import type { google } from "../../idl/flyteidl.ts";
import { fromDuration, fromTimestamp } from "../../idl/time.ts";

/** Seconds from start to now for what runs, or the recorded duration; null before the start. */
export function durationSeconds(
  started: google.protobuf.Timestamp.$Properties | null | undefined,
  duration: google.protobuf.Duration.$Properties | null | undefined,
  now: number | undefined,
): number | null {
  const recorded = fromDuration(duration);
  const since = fromTimestamp(started);
  const milliseconds = now !== undefined && since !== undefined ? Math.max(0, now - since) : recorded;
  return milliseconds === undefined || (since === undefined && milliseconds === 0) ? null : Math.round(milliseconds) / 1000;
}

/** `0.4s`, `12s`, `3m05s`, `2h07m`; empty for null. */
export function durationText(seconds: number | null): string {
  if (seconds === null) return "";
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  return whole < 3600
    ? `${Math.floor(whole / 60)}m${two(whole % 60)}s`
    : `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** How long ago: `12s`, `3m05s`, `2h07m`, from two days on `5d`; empty for null. */
export function ageText(time: string | null, now: number): string {
  if (time === null) return "";
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1000));
  return seconds < 10 ? `${seconds}s` : seconds < 2 * 86_400 ? durationText(seconds) : `${Math.floor(seconds / 86_400)}d`;
}

/** RFC 3339 to the second, as tables show it. */
export function secondsText(time: string | null): string {
  return time === null ? "" : time.replace(/\.\d+Z$/, "Z");
}
