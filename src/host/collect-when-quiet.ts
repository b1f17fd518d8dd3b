import type { Clock } from "../std/clock.ts";

/** Milliseconds between looks. */
const interval = 15_000;
/** Share of one core, below which the process counts as quiet: timers and health checks alone use less. */
const quiet = 0.02;
/** Milliseconds of work that leave enough behind to be worth a collection. */
const worthwhile = 250;

/**
 * Collects garbage once after each time of work, when it is over: V8 itself does so only when it needs room, and would
 * hold tens of megabytes of an idle daemon for days. `worked` tells the milliseconds of CPU since the process began. The
 * returned function ends it.
 */
export function collectWhenQuiet(clock: Clock, worked: () => number, collect: () => void): () => void {
  let collected = 0;
  let last = worked();
  let cancel = (): void => {};
  const wait = (): void => {
    cancel = clock.at(clock.now() + interval, () => {
      const now = worked();
      if (now - last < interval * quiet && now - collected > worthwhile) {
        collect();
        collected = worked();
        last = collected;
      } else last = now;
      wait();
    });
  };
  wait();
  return () => cancel();
}
