/** So many a second, and some at once after a pause. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Says when the next may be done. Times are epoch milliseconds. */
export class TokenBucket {
  readonly #rate: Rate;
  /** When it was, or will be, empty. */
  #emptyAt = -Infinity;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one, or says when there will be one. */
  take(now: number): { readonly taken: true } | { readonly taken: false; readonly at: number } {
    const { perSecond, burst } = this.#rate;
    const each = 1000 / perSecond;
    const emptyAt = Math.max(this.#emptyAt, now - burst * each);
    // Fractions add up to a little less than what they should be.
    if (now - emptyAt < each - 1e-6) return { taken: false, at: Math.ceil(emptyAt + each) };
    this.#emptyAt = emptyAt + each;
    return { taken: true };
  }
}
