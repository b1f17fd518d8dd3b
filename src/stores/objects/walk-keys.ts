import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { keyPath, meaningOf } from "./key-path.ts";
import { compareUtf8 } from "./utf8-order.ts";

export interface WalkOptions {
  readonly prefix: string;
  /** Only keys behind this one. */
  readonly after?: string;
  /** Asked before a key is given and before a directory (a key ending with `/`) is entered. */
  readonly skip: (key: string) => boolean;
}

interface Child {
  readonly key: string;
  readonly directory?: string;
}

/** The keys below `bucketDirectory` in order of their UTF-8 bytes, one directory in memory at a time. Symbolic links are not followed. */
export async function* walkKeys(bucketDirectory: string, options: WalkOptions): AsyncGenerator<string> {
  const base = options.prefix.slice(0, options.prefix.lastIndexOf("/") + 1);
  // The directories of `base` plus an empty segment are those of the keys right below it.
  yield* walk(join(bucketDirectory, ...keyPath(base).directories), base, options);
}

async function* walk(directory: string, base: string, options: WalkOptions): AsyncGenerator<string> {
  const children = (await childrenOf(directory, base)).filter((child) => concerns(child, options));
  children.sort((left, right) => compareUtf8(left.key, right.key));
  let last: string | undefined;
  for (const child of children) {
    if (child.key === last || options.skip(child.key)) continue;
    if (child.directory !== undefined) yield* walk(child.directory, child.key, options);
    else {
      // Both names of one object may be there after a crash.
      last = child.key;
      yield child.key;
    }
  }
}

async function childrenOf(directory: string, base: string): Promise<Child[]> {
  const children: Child[] = [];
  for (const entry of await entriesOf(directory)) {
    const meaning = meaningOf(entry.name);
    if (!meaning) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      // What follows a segment begun here belongs among its neighbours.
      if (meaning.part === "begun") children.push(...(await childrenOf(path, base + meaning.text)));
      else if (meaning.part === "whole") children.push({ key: `${base}${meaning.text}/`, directory: path });
    } else if (entry.isFile() && meaning.part !== "begun") children.push({ key: base + meaning.text });
  }
  return children;
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw thrown;
  }
}

function concerns(child: Child, { prefix, after }: WalkOptions): boolean {
  const below = child.directory !== undefined;
  if (!child.key.startsWith(prefix) && !(below && prefix.startsWith(child.key))) return false;
  return after === undefined || compareUtf8(child.key, after) > 0 || (below && after.startsWith(child.key));
}
