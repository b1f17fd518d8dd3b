import type { Clock } from "../../std/clock.ts";

/** When a key is to be looked at again without being woken. */
export interface NextLook {
  /** Epoch milliseconds; undefined for never. */
  readonly at: number | undefined;
  /** Wakes before then are kept for then: it backs off. */
  readonly holdOff: boolean;
}

export interface WorkerPool {
  /** Has the key worked on soon; while it is being worked on, once more afterwards. `urgent` does not wait for a back-off to end. */
  wake(key: string, urgent?: boolean): void;
  /** Takes nothing more; resolves when nothing is being worked on. */
  stop(): Promise<void>;
  /** Resolves when nothing is being worked on, or about to be. Timers do not count. */
  idle(): Promise<void>;
}

interface Entry {
  state: "IDLE" | "QUEUED" | "RUNNING";
  again: boolean;
  heldUntil: number;
  cancel: () => void;
}

/** Works on keys, `concurrency` at a time, no key twice at a time. `work` must not reject. */
export function createWorkerPool(clock: Clock, concurrency: number, work: (key: string) => Promise<NextLook>): WorkerPool {
  const entries = new Map<string, Entry>();
  const queue: string[] = [];
  let running = 0;
  let stopped = false;
  let waiters: (() => void)[] = [];

  const settle = (): void => {
    if (running > 0 || queue.length > 0) return;
    const done = waiters;
    waiters = [];
    for (const waiter of done) waiter();
  };

  const pump = (): void => {
    while (running < concurrency && queue.length > 0) {
      const key = queue.shift();
      const entry = key === undefined ? undefined : entries.get(key);
      if (key === undefined || !entry) continue;
      entry.cancel();
      entry.cancel = () => {};
      entry.state = "RUNNING";
      entry.again = false;
      running++;
      void work(key).then((next) => finish(key, entry, next));
    }
    settle();
  };

  const finish = (key: string, entry: Entry, next: NextLook): void => {
    running--;
    entry.state = "IDLE";
    entry.heldUntil = next.holdOff && next.at !== undefined ? next.at : 0;
    if (next.at === undefined) {
      if (!entry.again) entries.delete(key);
    } else if (!stopped) {
      entry.cancel = clock.at(next.at, () => {
        entry.heldUntil = 0;
        wake(key);
      });
    }
    if (entry.again) wake(key);
    pump();
  };

  const wake = (key: string, urgent = false): void => {
    if (stopped) return;
    let entry = entries.get(key);
    if (!entry) entries.set(key, (entry = { state: "IDLE", again: false, heldUntil: 0, cancel: () => {} }));
    if (entry.state === "RUNNING") entry.again = true;
    if (entry.state !== "IDLE" || (!urgent && entry.heldUntil > clock.now())) return;
    entry.state = "QUEUED";
    queue.push(key);
    // Not in the waker's stack: several wakes of one turn are one round.
    queueMicrotask(pump);
  };

  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      waiters.push(resolve);
      queueMicrotask(settle);
    });

  const stop = (): Promise<void> => {
    stopped = true;
    queue.length = 0;
    for (const entry of entries.values()) entry.cancel();
    return idle();
  };

  return { wake, stop, idle };
}
