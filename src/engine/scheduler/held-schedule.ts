import { cadenceOf } from "../../idl/schedule-cadence.ts";
import type { ScheduleRow } from "../../ports/state-store.ts";
import type { Cadence } from "../../std/cron/cadence.ts";
import { nextTick } from "../../std/cron/next-tick.ts";

const firstDelay = 100;
const longestDelay = 30_000;

/** A schedule that is followed: which tick it has to see to, and when. Times are epoch milliseconds. */
export class HeldSchedule {
  readonly row: ScheduleRow;
  /** None after it when undefined. */
  tick: number | undefined;
  /** Somebody sees to the tick, or is about to. */
  busy = false;
  readonly #cadence: Cadence;
  readonly #zone: string;
  #delay = firstDelay;
  #notBefore = -Infinity;

  /** Its first tick is the one after its last, or after it became active. Throws an Error for a pattern that cannot be read. */
  constructor(row: ScheduleRow, zone: string) {
    this.row = row;
    this.#zone = zone;
    this.#cadence = cadenceOf(row);
    this.tick = nextTick(this.#cadence, Math.max(Date.parse(row.activatedAt), Date.parse(row.lastTick ?? row.activatedAt)), zone);
  }

  /** When there is something to do. */
  get dueAt(): number {
    return this.tick === undefined || this.busy ? Infinity : Math.max(this.tick, this.#notBefore);
  }

  /** The same since the same time: what is under way goes on. */
  isOf(row: ScheduleRow): boolean {
    return this.row.version === row.version && this.row.activatedAt === row.activatedAt;
  }

  /** The tick is done with. */
  advance(): void {
    this.#delay = firstDelay;
    if (this.tick !== undefined) this.tick = nextTick(this.#cadence, this.tick, this.#zone);
  }

  /** The tick is tried again, the later the more often it failed. */
  postpone(now: number): void {
    this.#notBefore = now + this.#delay;
    this.#delay = Math.min(2 * this.#delay, longestDelay);
  }
}
