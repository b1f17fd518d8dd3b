export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** A call that nobody waits for. */
export class BackgroundCall<T> {
  /** Once it is over. */
  outcome: Outcome<T> | undefined;
  /** Never rejects. */
  readonly done: Promise<void>;

  /** `onEnd`: called when there is an outcome. */
  constructor(work: () => Promise<T>, onEnd: () => void) {
    this.done = this.#run(work, onEnd);
  }

  async #run(work: () => Promise<T>, onEnd: () => void): Promise<void> {
    try {
      this.outcome = { ok: true, value: await work() };
    } catch (error) {
      this.outcome = { ok: false, error };
    }
    onEnd();
  }
}
