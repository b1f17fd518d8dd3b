import type { Cadence, CronField, CronFields } from "./cadence.ts";
import { parseGoDuration } from "./parse-go-duration.ts";
import { isZone } from "./zone.ts";

interface Bounds {
  readonly least: number;
  readonly most: number;
  /** Of `least` and those after it. */
  readonly names?: readonly string[];
}

const bounds = {
  minutes: { least: 0, most: 59 },
  hours: { least: 0, most: 23 },
  days: { least: 1, most: 31 },
  months: { least: 1, most: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  weekdays: { least: 0, most: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
} as const satisfies Record<keyof CronFields, Bounds>;

const aliases: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * Reads a cron expression as Flyte's scheduler does (robfig's cron, ParseStandard): minute, hour, day of month, month, day of
 * week; or `@hourly` and its like; or `@every 90m`. `CRON_TZ=Europe/Berlin ` or `TZ=…` before it hangs the clock elsewhere.
 * Throws an Error with that parser's text.
 */
export function parseCron(expression: string): Cadence {
  if (expression === "") throw new Error("empty spec string");
  const [prefix, named] = /^(?:CRON_)?TZ=([^ ]*)/.exec(expression) ?? [""];
  if (named !== undefined && !isZone(named)) throw new Error(`provided bad location ${named}: unknown time zone ${named}`);
  const zone = named === "" ? "UTC" : named;
  const rest = named === undefined ? expression : expression.slice(prefix.length).trim();
  if (rest.startsWith("@every ")) return { kind: "delay", seconds: secondsOf(rest) };
  if (!rest.startsWith("@")) return { kind: "calendar", fields: fieldsOf(rest), zone };
  const meant = Object.hasOwn(aliases, rest) ? aliases[rest] : undefined;
  if (meant === undefined) throw new Error(`unrecognized descriptor: ${rest}`);
  return { kind: "calendar", fields: fieldsOf(meant), zone };
}

/** Whole seconds, at least one. */
function secondsOf(descriptor: string): number {
  try {
    return Math.max(1, Number(parseGoDuration(descriptor.slice("@every ".length)) / 1_000_000_000n));
  } catch (thrown) {
    throw new Error(`failed to parse duration ${descriptor}: ${(thrown as Error).message}`, { cause: thrown });
  }
}

function fieldsOf(text: string): CronFields {
  const given = text.split(/\s+/u).filter((field) => field !== "");
  if (given.length !== 5) throw new Error(`expected exactly 5 fields, found ${given.length}: [${given.join(" ")}]`);
  const [minutes = "", hours = "", days = "", months = "", weekdays = ""] = given;
  return {
    minutes: fieldOf(minutes, bounds.minutes),
    hours: fieldOf(hours, bounds.hours),
    days: fieldOf(days, bounds.days),
    months: fieldOf(months, bounds.months),
    weekdays: fieldOf(weekdays, bounds.weekdays),
  };
}

/** Ranges with commas between; of nothing but commas it lets nothing through. */
function fieldOf(text: string, within: Bounds): CronField {
  const values = new Set<number>();
  let any = false;
  for (const range of text.split(",")) {
    if (range === "") continue;
    const { first, last, step, star } = rangeOf(range, within);
    for (let value = first; value <= last; value += step) values.add(value);
    any ||= star;
  }
  return { values, any };
}

/** `N`, `N-M` or `*`, with `/STEP`; `N/STEP` goes on to the most there is. */
function rangeOf(text: string, within: Bounds): { first: number; last: number; step: number; star: boolean } {
  const [range = "", stepText, ...moreSlashes] = text.split("/");
  const [low = "", high, ...moreHyphens] = range.split("-");
  const all = low === "*" || low === "?";
  const first = all ? within.least : valueOf(low, within);
  if (!all && moreHyphens.length > 0) throw new Error(`too many hyphens: ${text}`);
  const written = all ? within.most : high === undefined ? first : valueOf(high, within);
  if (moreSlashes.length > 0) throw new Error(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : numberOf(stepText);
  const last = stepText !== undefined && high === undefined ? within.most : written;
  if (first < within.least) throw new Error(`beginning of range (${first}) below minimum (${within.least}): ${text}`);
  if (last > within.most) throw new Error(`end of range (${last}) above maximum (${within.most}): ${text}`);
  if (first > last) throw new Error(`beginning of range (${first}) beyond end of range (${last}): ${text}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${text}`);
  return { first, last, step, star: all && step === 1 };
}

function valueOf(text: string, { least, names = [] }: Bounds): number {
  const named = names.indexOf(text.toLowerCase());
  return named === -1 ? numberOf(text) : least + named;
}

function numberOf(text: string): number {
  const failed = (why: string): Error =>
    new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw failed("invalid syntax");
  const number = Number(text);
  if (Math.abs(number) >= 2 ** 63) throw failed("value out of range");
  if (number < 0) throw new Error(`negative number (${number}) not allowed: ${text}`);
  return number;
}
