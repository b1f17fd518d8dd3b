/** Time, handed in. `now` is milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Calls `fire` once at `at` (epoch milliseconds), at once when that has passed. The returned function cancels. */
  at(at: number, fire: () => void): () => void;
}

const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  at(at, fire) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = at - Date.now();
      // setTimeout fires at once for delays beyond 31 bits.
      timer = left > longestTimer ? setTimeout(arm, longestTimer) : setTimeout(fire, Math.max(0, left));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** A clock that moves only when told to; timers fire in order of their time. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { at: number; order: number; fire: () => void }[] = [];
  #order = 0;

  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  at(at: number, fire: () => void): () => void {
    const timer = { at, order: this.#order++, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** When the next timer is due, if there is one. */
  nextTimer(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map((timer) => timer.at));
  }

  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.fire();
    }
    this.#now = until;
  }
}
