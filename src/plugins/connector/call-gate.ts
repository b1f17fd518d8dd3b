import type { Clock } from "../../std/clock.ts";
import type { RateLimit } from "./connector-config.ts";

/** Lets calls to a server through in turn: so many a second, and so many at a time, so that one that hangs takes up no more memory than that. */
export class CallGate {
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  readonly #atATime: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #tokens: number;
  #filledAt: number;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, limit: RateLimit, atATime: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#atATime = atATime;
    this.#tokens = limit.burst;
    this.#filledAt = clock.now();
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#pump();
    });
    try {
      return await call();
    } finally {
      this.#running--;
      this.#pump();
    }
  }

  /** Who waits is never let through. */
  close(): void {
    this.#cancel?.();
    this.#waiting.length = 0;
  }

  #pump(): void {
    const now = this.#clock.now();
    const { qps, burst } = this.#limit;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * qps) / 1000);
    this.#filledAt = now;
    while (this.#running < this.#atATime && this.#tokens >= 1) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#running++;
      this.#tokens--;
      next();
    }
    if (this.#waiting.length === 0 || this.#running >= this.#atATime || this.#cancel) return;
    this.#cancel = this.#clock.at(now + Math.ceil(((1 - this.#tokens) * 1000) / qps), () => {
      this.#cancel = undefined;
      this.#pump();
    });
  }
}
