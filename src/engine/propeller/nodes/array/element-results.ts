import type { NodeStatePhase } from "../../node-transition.ts";

const ends = ["SUCCEEDED", "FAILED", "TIMED_OUT", "SKIPPED", "ABORTED", "RECOVERED"] as const satisfies readonly NodeStatePhase[];
/** How an element has ended. */
export type ElementEnd = (typeof ends)[number];

/** Elements of one record: what is written again when one of them ends. */
const recordSize = 2048;
/** Attempts from this one on are kept apart. */
const manyAttempts = 31;

interface ResultsRecord {
  /** A byte an element, base64: its end counted from 1 in the low three bits, its attempt in the others. */
  readonly ends: string;
  /** Attempts that have no place there, by position. */
  readonly attempts?: Readonly<Record<string, number>>;
}

export function isElementEnd(phase: NodeStatePhase): phase is ElementEnd {
  return (ends as readonly NodeStatePhase[]).includes(phase);
}

/** How the elements of an array have ended that nothing else is kept of: a byte an element. */
export class ElementResults {
  readonly size: number;
  readonly #bytes: Uint8Array;
  readonly #attempts: Map<number, number> = new Map();
  readonly #changed: Set<number> = new Set();
  readonly #counts: Record<ElementEnd, number> = { SUCCEEDED: 0, FAILED: 0, TIMED_OUT: 0, SKIPPED: 0, ABORTED: 0, RECOVERED: 0 };

  /** `recordOf`: the records as `takeChanged` gave them, by number; undefined for those it never gave. */
  constructor(size: number, recordOf: (number: number) => string | undefined) {
    this.size = size;
    this.#bytes = new Uint8Array(size);
    for (let number = 0; number * recordSize < size; number++) {
      const text = recordOf(number);
      if (text !== undefined) this.#restore(number * recordSize, JSON.parse(text) as ResultsRecord);
    }
  }

  #restore(first: number, { ends: encoded, attempts }: ResultsRecord): void {
    const bytes = Buffer.from(encoded, "base64").subarray(0, this.size - first);
    this.#bytes.set(bytes, first);
    for (const byte of bytes) {
      const end = ends[(byte & 7) - 1];
      if (end) this.#counts[end]++;
    }
    for (const [position, attempt] of Object.entries(attempts ?? {})) this.#attempts.set(first + Number(position), attempt);
  }

  endOf(index: number): ElementEnd | undefined {
    return ends[((this.#bytes[index] ?? 0) & 7) - 1];
  }

  /** The attempt with which it ended. */
  attemptOf(index: number): number {
    return this.#attempts.get(index) ?? (this.#bytes[index] ?? 0) >> 3;
  }

  count(end: ElementEnd): number {
    return this.#counts[end];
  }

  get ended(): number {
    return ends.reduce((sum, end) => sum + this.#counts[end], 0);
  }

  /** RangeError for an element that has ended already, or does not exist. */
  set(index: number, end: ElementEnd, attempt: number): void {
    if (!(index >= 0 && index < this.size) || this.endOf(index)) throw new RangeError(`element [${index}] cannot end`);
    this.#bytes[index] = (ends.indexOf(end) + 1) | (Math.min(attempt, manyAttempts) << 3);
    if (attempt >= manyAttempts) this.#attempts.set(index, attempt);
    this.#counts[end]++;
    this.#changed.add(Math.floor(index / recordSize));
  }

  /** Records that have changed since the last time, by number. */
  takeChanged(): ReadonlyMap<number, string> {
    const records = new Map<number, string>();
    for (const number of this.#changed) {
      const first = number * recordSize;
      const bytes = this.#bytes.subarray(first, first + recordSize);
      const attempts: Record<string, number> = {};
      if (this.#attempts.size > 0) {
        for (let position = 0; position < bytes.length; position++) {
          const attempt = this.#attempts.get(first + position);
          if (attempt !== undefined) attempts[position] = attempt;
        }
      }
      const hasMany = Object.keys(attempts).length > 0;
      const record: ResultsRecord = { ends: Buffer.from(bytes).toString("base64"), ...(hasMany && { attempts }) };
      records.set(number, JSON.stringify(record));
    }
    this.#changed.clear();
    return records;
  }
}
