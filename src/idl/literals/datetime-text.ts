import Long from "long";

const form = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:([Zz])|([+-]\d{2}:\d{2}))?)?$/;

/** RFC 3339 (nanoseconds kept; no zone = UTC; a date alone = its midnight) as a Timestamp, or undefined. */
export function parseDatetime(text: string): { seconds: Long; nanos: number } | undefined {
  const match = form.exec(text.trim());
  if (!match?.[1]) return undefined;
  const [, date, minute = "00:00", second = "00", fraction = "", , offset] = match;
  const milliseconds = Date.parse(`${date}T${minute}:${second}${offset ?? "Z"}`);
  if (Number.isNaN(milliseconds)) return undefined;
  // Date.parse takes 31 February for 3 March.
  if (new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date) return undefined;
  return { seconds: Long.fromNumber(milliseconds / 1000), nanos: Number(fraction.padEnd(9, "0")) };
}
