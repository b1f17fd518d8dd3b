const blockMs = 15 * 60_000;
const dayMs = 24 * 3_600_000;
/** Blocks and days remembered; a schedule goes forward through time. */
const most = 400;

/** What a clock on a wall shows. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12, as far as it is read; what is beyond runs over into years, as hours do into days. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Whether there is a time zone of that name; none stands for UTC, offsets (`+02:00`) are not names. */
export function isZone(name: string): boolean {
  if (name === "") return true;
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false;
  try {
    Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A time zone's clock. Instants are epoch milliseconds. */
export class Zone {
  readonly #format: Intl.DateTimeFormat | undefined;
  readonly #known = new Map<number, number>();

  /** RangeError when there is no such zone. */
  constructor(name: string) {
    const numeric = "numeric";
    const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric } as const;
    if (name !== "UTC") this.#format = new Intl.DateTimeFormat("en-US", { ...parts, timeZone: name, era: "short", hourCycle: "h23" });
  }

  wallTime(instant: number): WallTime & { readonly weekday: number } {
    const shifted = new Date(instant + this.offset(instant));
    return {
      year: shifted.getUTCFullYear(),
      month: shifted.getUTCMonth() + 1,
      day: shifted.getUTCDate(),
      hour: shifted.getUTCHours(),
      minute: shifted.getUTCMinutes(),
      second: shifted.getUTCSeconds(),
      weekday: shifted.getUTCDay(),
    };
  }

  /**
   * When the clock shows that. What it shows twice or never is read as Go's time.Date reads it: with the offset that holds at
   * the instant one comes to with the offset that holds when Greenwich's clock shows it.
   */
  instant({ year, month, day, hour, minute, second }: WallTime): number {
    const shown = Date.UTC(year, month - 1, day, hour, minute, second);
    return shown - this.offset(shown - this.offset(shown));
  }

  /** Milliseconds that the clock is ahead of UTC. */
  offset(instant: number): number {
    if (!this.#format) return 0;
    const day = Math.floor(instant / dayMs) * dayMs;
    const atBegin = this.#at(day);
    // No zone changes its clock twice a day.
    return atBegin === this.#at(day + dayMs) ? atBegin : this.#at(Math.floor(instant / blockMs) * blockMs);
  }

  #at(instant: number): number {
    const known = this.#known.get(instant);
    if (known !== undefined) return known;
    const shown: Record<string, number> = {};
    for (const { type, value } of this.#format?.formatToParts(instant) ?? []) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - instant;
    if (this.#known.size >= most) this.#known.clear();
    this.#known.set(instant, offset);
    return offset;
  }
}
