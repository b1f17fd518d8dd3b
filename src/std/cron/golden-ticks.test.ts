import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { nextTick } from "./next-tick.ts";
import { parseCron } from "./parse-cron.ts";

// What the cron package of Flyte's own scheduler makes of them: test/goldens/cron-ticks/main.go.
const golden = JSON.parse(gunzipSync(readFileSync("test/goldens/cron-ticks.json.gz")).toString()) as {
  readonly ticks: readonly { readonly cron: string; readonly zone: string; readonly year: number; readonly ticks: string }[];
  readonly refused: readonly { readonly cron: string; readonly error: string }[];
};

/** The same words as the golden table's. */
function compact(ticks: readonly number[]): string {
  const words = ticks.length > 0 ? [String(ticks[0])] : [];
  for (let index = 1; index < ticks.length;) {
    const gap = (ticks[index] ?? 0) - (ticks[index - 1] ?? 0);
    let times = 0;
    for (; index < ticks.length && (ticks[index] ?? 0) - (ticks[index - 1] ?? 0) === gap; index++) times++;
    words.push(`${gap}x${times}`);
  }
  return words.join(" ");
}

/** When a year begins there, found without the code under test. */
function beginOf(year: number, zone: string): number {
  const utc = Date.UTC(year, 0, 1);
  const shown = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(utc);
  return utc - (Date.parse(`${shown.replace(" ", "T")}Z`) - utc);
}

function ticksOf(cron: string, zone: string, year: number): number[] {
  const cadence = parseCron(cron);
  const begin = beginOf(year, zone) - 500;
  const end = cron === "@every 1ms" ? begin + 3_600_000 : beginOf(year + 1, zone);
  const ticks: number[] = [];
  for (let at = nextTick(cadence, begin, zone); at !== undefined && at < end; at = nextTick(cadence, at, zone)) ticks.push(at / 1000);
  return ticks;
}

const zones = [...new Set(golden.ticks.map(({ zone }) => zone))];

test.for(zones)("years of ticks in %s are those of Flyte's scheduler", (zone) => {
  const rows = golden.ticks.filter((row) => row.zone === zone);
  expect(rows.length).toBeGreaterThan(40);
  for (const { cron, year, ticks } of rows) expect(compact(ticksOf(cron, zone, year)), `${cron} ${zone} ${year}`).toBe(ticks);
});

test.for(golden.refused)("$cron is refused in its words", ({ cron, error }) => {
  expect(() => parseCron(cron)).toThrow(new Error(error));
});

test.for([", * * * *", "0 0 31 2 *", "0 0 30 feb ?"])("%s has no ticks, and the search ends", (cron) => {
  expect(nextTick(parseCron(cron), Date.UTC(2024, 0, 1), "UTC")).toBeUndefined();
});

test("a leap day is found within five years, and beyond them never", () => {
  const leap = parseCron("0 0 29 2 *");
  expect(nextTick(leap, Date.UTC(2024, 1, 29), "UTC")).toBe(Date.UTC(2028, 1, 29));
  expect(nextTick(leap, Date.UTC(2096, 1, 29), "UTC")).toBeUndefined();
});

test("a day that a zone left out ends no search in a circle", () => {
  // Flyte's scheduler never comes back from it.
  expect(nextTick(parseCron("@monthly"), Date.UTC(2011, 11, 15), "Pacific/Apia")).toBeUndefined();
});

test("a delay that no clock can show has no tick", () => {
  expect(nextTick({ kind: "delay", seconds: 4_294_967_295 * 86_400 }, Date.UTC(2024, 0, 1), "UTC")).toBeUndefined();
});
