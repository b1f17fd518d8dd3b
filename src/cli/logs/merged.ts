/** What several producers yield, in the order in which it comes; they wait for what was taken. Rejects with the first one's error. */
export class Merged<T> {
  readonly #waiting: { readonly value: T; readonly taken: () => void }[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;
  #running = 0;

  /** Producers that have not ended. */
  get running(): number {
    return this.#running;
  }

  /** Takes a producer in. */
  add(values: AsyncIterable<T>): void {
    this.#running++;
    const run = async (): Promise<void> => {
      for await (const value of values) {
        await new Promise<void>((taken) => {
          this.#waiting.push({ value, taken });
          this.#wake();
        });
      }
    };
    run()
      .catch((error: unknown) => (this.#failure ??= { error }))
      .finally(() => {
        this.#running--;
        this.#wake();
      });
  }

  /** What has come; waits when nothing has, until something comes, a producer ends, or `until` resolves: then undefined. */
  async next(until: Promise<void>): Promise<T | undefined> {
    if (this.#waiting.length === 0 && !this.#failure) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([woken, until]);
    }
    return this.#take();
  }

  #take(): T | undefined {
    const next = this.#waiting.shift();
    if (!next && this.#failure) throw this.#failure.error;
    next?.taken();
    return next?.value;
  }
}
