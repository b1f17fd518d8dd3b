const form = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;
const layout = "2006-01-02T15:04:05Z07:00";

/** A time in RFC 3339, with a zone, as whole seconds since the epoch and nanoseconds. Go: time.Parse(time.RFC3339). */
export function parseDatetime(text: string): { readonly seconds: number; readonly nanos: number } {
  const match = form.exec(text);
  if (!match) throw new Error(`parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: it has another form`);
  const [, year, month, day, hour, minute, second, fraction = "", zone] = match;
  const outOfRange = (what: string): Error => new Error(`parsing time ${JSON.stringify(text)}: ${what} out of range`);
  if (Number(month) < 1 || Number(month) > 12) throw outOfRange("month");
  const daysOfMonth = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > daysOfMonth) throw outOfRange("day");
  if (Number(hour) > 23) throw outOfRange("hour");
  if (Number(minute) > 59) throw outOfRange("minute");
  if (Number(second) > 59) throw outOfRange("second");
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  if (Number.isNaN(milliseconds)) throw outOfRange("time zone offset");
  return { seconds: milliseconds / 1000, nanos: Number(fraction.slice(0, 9).padEnd(9, "0")) };
}
