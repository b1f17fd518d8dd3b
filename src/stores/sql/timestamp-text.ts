const form = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?\s?(Z|z|[+-]\d{2}:\d{2})?)?$/;

// Rows are written many a second.
let lastSeconds = NaN;
let lastText = "";

/**
 * Epoch milliseconds (fractions are kept to the microsecond) as the text that every timestamp column holds:
 * `2024-05-06T07:08:09.123456Z`. Always UTC with six decimals, so it sorts as text. RangeError outside the years 0 to 9999.
 */
export function timestampText(milliseconds: number): string {
  const micros = Math.round(milliseconds * 1000);
  const seconds = Math.floor(micros / 1e6);
  if (seconds !== lastSeconds) {
    const text = new Date(seconds * 1000).toISOString();
    if (text.length !== 24) throw new RangeError(`timestamp ${milliseconds} is outside the years 0 to 9999`);
    lastText = text.slice(0, 19);
    lastSeconds = seconds;
  }
  return `${lastText}.${String(micros - seconds * 1e6).padStart(6, "0")}Z`;
}

/**
 * An RFC 3339 timestamp of any offset and precision (a date alone is its midnight; no offset means UTC) as the text of a
 * timestamp column; beyond microseconds it is cut. Undefined when it is no timestamp.
 */
export function normalTimestamp(text: string): string | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] = match;
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  if (Number.isNaN(milliseconds) || new Date(milliseconds).getUTCDate() !== Number(day)) return undefined;
  const offset = /^[+-]/.test(zone) ? (zone.startsWith("-") ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))) : 0;
  const seconds = new Date(milliseconds - offset * 60_000).toISOString();
  return seconds.length === 24 ? `${seconds.slice(0, 19)}.${fraction.padEnd(6, "0").slice(0, 6)}Z` : undefined;
}
