/** How much of what has ended is kept on disk; whatever is beyond any of them goes, the oldest first. */
export interface Retention {
  /** Logs of attempts that were removed: how many, bytes of them together, and milliseconds since their last line. */
  readonly logs: number;
  readonly logBytes: number;
  readonly logAge: number;
  /** Unpacked code that no attempt uses: bytes together, and milliseconds since its last use. */
  readonly codeBytes: number;
  readonly codeAge: number;
}

const day = 24 * 60 * 60 * 1000;

export const defaultRetention: Retention = { logs: 10_000, logBytes: 2 ** 30, logAge: 30 * day, codeBytes: 4 * 2 ** 30, codeAge: 30 * day };

/** Something on disk that may go. */
export interface Kept {
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly lastUsed: number;
}

/** Which of `all` go: the oldest, beyond the age, the number or the bytes of them together. */
export function expired<Each extends Kept>(
  all: readonly Each[],
  limits: { readonly count: number; readonly bytes: number; readonly age: number },
  now: number,
): readonly Each[] {
  const newestFirst = all.toSorted((left, right) => right.lastUsed - left.lastUsed);
  let bytes = 0;
  const first = newestFirst.findIndex((one, index) => {
    bytes += one.bytes;
    return index >= limits.count || bytes > limits.bytes || now - one.lastUsed > limits.age;
  });
  return first < 0 ? [] : newestFirst.slice(first);
}
