/** Transfers under way at a time. */
const most = 2;

/** Takes work that goes on beside what adds it. */
export interface Transfers {
  add(work: () => Promise<void>): void;
}

/**
 * Does `work` and all that it adds, so much at a time. Rejects with the first failure; then no more is begun, what is under way
 * is told to stop by the signal that `work` is handed, and nothing runs any more.
 */
export async function withTransfers<T>(signal: AbortSignal, work: (transfers: Transfers, signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const waiting: (() => Promise<void>)[] = [];
  const running = new Set<Promise<void>>();
  const begin = (): void => {
    while (running.size < most && !either.aborted) {
      const next = waiting.shift();
      if (!next) return;
      const transfer = next()
        .catch((thrown: unknown) => stop.abort(thrown))
        .finally(() => {
          running.delete(transfer);
          begin();
        });
      running.add(transfer);
    }
  };
  const transfers: Transfers = {
    add: (transfer) => {
      waiting.push(transfer);
      begin();
    },
  };
  try {
    return await work(transfers, either);
  } catch (thrown) {
    stop.abort(thrown);
    throw stop.signal.reason;
  } finally {
    while (running.size > 0) await Promise.race(running);
    either.throwIfAborted();
  }
}
