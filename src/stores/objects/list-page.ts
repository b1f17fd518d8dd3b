import { compareUtf8 } from "./utf8-order.ts";
import type { WalkOptions } from "./walk-keys.ts";

export interface KeyPage {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  readonly next?: string;
}

export interface KeyPageOptions {
  readonly prefix: string;
  readonly delimiter?: string;
  readonly startAfter?: string;
  readonly limit: number;
}

/**
 * One page of a listing as S3 gives it: keys that contain the delimiter behind the prefix are rolled up, each roll-up counting as one entry.
 * A roll-up at or before `startAfter` has been given already.
 */
export async function listPage(walk: (options: WalkOptions) => AsyncIterable<string>, options: KeyPageOptions): Promise<KeyPage> {
  const { prefix, delimiter, startAfter, limit } = options;
  const keys: string[] = [];
  const prefixes: string[] = [];
  let rolled: string | undefined;
  let last: string | undefined;
  const skip = (key: string): boolean => rolled !== undefined && key.startsWith(rolled);
  for await (const key of walk({ prefix, skip, ...(startAfter === undefined ? {} : { after: startAfter }) })) {
    const at = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const entry = delimiter && at >= 0 ? key.slice(0, at + delimiter.length) : key;
    if (at >= 0) {
      rolled = entry;
      if (startAfter !== undefined && compareUtf8(entry, startAfter) <= 0) continue;
    }
    if (keys.length + prefixes.length === limit) return { keys, prefixes, ...(last === undefined ? {} : { next: last }) };
    (at >= 0 ? prefixes : keys).push(entry);
    last = entry;
  }
  return { keys, prefixes };
}
