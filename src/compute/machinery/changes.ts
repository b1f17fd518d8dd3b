import type { Clock } from "../../std/clock.ts";

/** Those who wait for something to change. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  wake(): void {
    for (const done of this.#waiting) done();
  }

  /** Resolves at the next wake, at `until` (epoch milliseconds), or when `signal` aborts. */
  next(clock: Clock, until?: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let cancel: (() => void) | undefined;
      const done = (): void => {
        this.#waiting.delete(done);
        signal?.removeEventListener("abort", done);
        cancel?.();
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener("abort", done);
      if (until !== undefined) cancel = clock.at(until, done);
    });
  }
}
