/**
 * Syncs that callers share: who asks while one of the same path is under way waits for the next, which starts after all
 * of them have written, and is one for all of them.
 */
export class SharedSync {
  readonly #sync: (path: string) => Promise<void>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(sync: (path: string) => Promise<void>) {
    this.#sync = sync;
  }

  /** Resolves when what was written at `path` before the call is durable. */
  sync(path: string): Promise<void> {
    const running = this.#running.get(path);
    if (running === undefined) return this.#start(path);
    let next = this.#next.get(path);
    if (next === undefined) {
      const start = (): Promise<void> => {
        this.#next.delete(path);
        return this.#start(path);
      };
      // What the one before came to is told to those who asked for it.
      next = running.then(start, start);
      this.#next.set(path, next);
    }
    return next;
  }

  #start(path: string): Promise<void> {
    const running = this.#sync(path).finally(() => this.#running.delete(path));
    this.#running.set(path, running);
    return running;
  }
}
