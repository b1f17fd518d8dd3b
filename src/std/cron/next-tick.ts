import type { Cadence, CronField, CronFields } from "./cadence.ts";
import { type WallTime, Zone } from "./zone.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** Beyond it a Date cannot be. */
const lastInstant = 8.64e15;
const yearsAhead = 5;
/** More than any search takes that comes to an end. */
const mostSteps = 20_000;

const zones = new Map<string, Zone>();

/**
 * The first time after `after` (both epoch milliseconds; ticks are whole seconds) that a cadence comes to, undefined when it
 * has none. Calendars without a zone go by `usualZone`. A delay is counted from `after`.
 */
export function nextTick(cadence: Cadence, after: number, usualZone: string): number | undefined {
  if (cadence.kind === "calendar") return nextOfCalendar(cadence.fields, zoneOf(cadence.zone ?? usualZone), after);
  const next = Math.floor(after / second) * second + cadence.seconds * second;
  return next > lastInstant ? undefined : next;
}

function zoneOf(name: string): Zone {
  const known = zones.get(name) ?? new Zone(name);
  zones.set(name, known);
  return known;
}

/**
 * As robfig's cron finds it, step by step, since where clocks change the steps decide: an hour that a clock leaves out has no
 * ticks, one that it shows twice has them twice, and days that begin late have their own rules. None within five years is none.
 */
function nextOfCalendar(fields: CronFields, zone: Zone, after: number): number | undefined {
  if (Object.values(fields).some(({ values }) => values.size === 0)) return undefined;
  const search = new Search(fields, zone, Math.floor(after / second) * second + second);
  const lastYear = search.wall.year + yearsAhead;
  while (search.wall.year <= lastYear && !search.isSpent) {
    if (search.toMonth() && search.toDay() && search.toHour() && search.toMinute() && search.toWholeMinute()) return search.at;
  }
  return undefined;
}

/** Each step goes on to the next time whose part matches; false when a greater part has changed on the way and all must be looked at again. */
class Search {
  at: number;
  wall: WallTime & { readonly weekday: number };
  #steps = 0;
  readonly #fields: CronFields;
  readonly #zone: Zone;
  /** Smaller parts count from their beginning once a greater one has moved. */
  #moved = false;

  constructor(fields: CronFields, zone: Zone, at: number) {
    this.#fields = fields;
    this.#zone = zone;
    this.at = at;
    this.wall = zone.wallTime(at);
  }

  get isSpent(): boolean {
    return this.#steps > mostSteps;
  }

  toMonth(): boolean {
    while (!this.#fields.months.values.has(this.wall.month)) {
      if (!this.#moved) this.#show({ ...this.wall, day: 1, hour: 0, minute: 0, second: 0 });
      this.#show({ ...this.wall, month: this.wall.month + 1 });
      if (this.wall.month === 1) return false;
    }
    return true;
  }

  toDay(): boolean {
    while (!this.#isDay()) {
      if (!this.#moved) this.#show({ ...this.wall, hour: 0, minute: 0, second: 0 });
      this.#show({ ...this.wall, day: this.wall.day + 1 });
      // There was no midnight.
      const shown = this.wall.hour;
      if (shown !== 0) this.#go(this.at + (shown > 12 ? 24 - shown : -shown) * hour);
      // Back and forth around a day that the zone left out, it never would be.
      if (this.wall.day === 1 || this.isSpent) return false;
    }
    return true;
  }

  toHour(): boolean {
    while (!this.#fields.hours.values.has(this.wall.hour)) {
      if (!this.#moved) this.#show({ ...this.wall, minute: 0, second: 0 });
      this.#step(this.#fields.hours, this.wall.hour, 24, hour);
      if (this.wall.hour === 0) return false;
    }
    return true;
  }

  toMinute(): boolean {
    while (!this.#fields.minutes.values.has(this.wall.minute)) {
      if (!this.#moved) this.#go(Math.floor(this.at / minute) * minute);
      this.#step(this.#fields.minutes, this.wall.minute, 60, minute);
      if (this.wall.minute === 0) return false;
    }
    return true;
  }

  toWholeMinute(): boolean {
    if (this.wall.second === 0) return true;
    this.#go(this.at + (60 - this.wall.second) * second);
    return false;
  }

  /** With both fields given one of them is enough. */
  #isDay(): boolean {
    const { days, weekdays } = this.#fields;
    const [day, weekday] = [days.values.has(this.wall.day), weekdays.values.has(this.wall.weekday)];
    return days.any || weekdays.any ? day && weekday : day || weekday;
  }

  /** To the next value of a field, or the end of its round: at once where the clock does not change on the way, else by one. */
  #step({ values }: CronField, from: number, round: number, unit: number): void {
    let value = from + 1;
    while (value < round && !values.has(value)) value++;
    const leap = this.at + (value - from) * unit;
    this.#go(this.#zone.offset(leap) === this.#zone.offset(this.at) ? leap : this.at + unit);
  }

  #show(wall: WallTime): void {
    this.#go(this.#zone.instant(wall));
  }

  #go(at: number): void {
    this.#moved = true;
    this.#steps++;
    this.at = at;
    this.wall = this.#zone.wallTime(at);
  }
}
