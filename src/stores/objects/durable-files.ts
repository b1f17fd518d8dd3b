import { closeSync, fsync, lstatSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { SharedSync } from "./shared-sync.ts";

/** Makes what was written to an open file durable. */
export const syncFile = promisify(fsync);

/** Makes the names in a directory durable (or the content of a file, by path). */
export async function syncPath(path: string): Promise<void> {
  const handle = openSync(path, "r");
  try {
    await syncFile(handle);
  } finally {
    closeSync(handle);
  }
}

/** Whether `thrown` is the operating system's error of one of these codes. */
export function hasCode(thrown: unknown, ...codes: readonly string[]): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && codes.includes((thrown as NodeJS.ErrnoException).code ?? "");
}

/** The file's state without following a link; undefined when nothing is there. Times in nanoseconds. */
export function stateOf(path: string) {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (thrown) {
    if (hasCode(thrown, "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw thrown;
  }
}

/** Directories that exist and whose names are durable up to a root that does. */
export class DurableDirectories {
  readonly #root: string;
  readonly #known = new Set<string>();
  readonly #syncs = new SharedSync(syncPath);

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes `directory`, at or below the root; a plain file in the way is handed to `clear`, which must move it elsewhere. */
  async make(directory: string, clear: (path: string) => void): Promise<void> {
    const missing = this.#unknown(directory);
    if (missing.length === 0) return;
    for (const path of missing.toReversed()) makeDirectory(path, clear);
    await Promise.all(missing.map((path) => this.#syncs.sync(dirname(path))));
    this.#remember(missing);
  }

  /** Makes `directory` as `make` does, and nothing of it durable: `syncNames` and `syncPath` do that. */
  makeUnsynced(directory: string, clear: (path: string) => void): void {
    for (const path of this.#unknown(directory).toReversed()) makeDirectory(path, clear);
  }

  /**
   * Makes the names in a directory durable, and those on the way down to it, which may be somebody else's work. `mine`: all of them are
   * of this process's making.
   */
  async syncNames(directory: string, mine = false): Promise<void> {
    const unknown = this.#unknown(directory);
    const found = mine ? unknown : unknown.filter(isDirectory);
    const parents = found.map((path) => dirname(path)).filter((path) => mine || path !== this.#root);
    const names = new Set([...(mine || isDirectory(directory) ? [directory] : []), ...parents]);
    await Promise.all([...names].map((path) => this.#syncs.sync(path)));
    if (mine) this.#remember(found);
  }

  /** To be called when a directory turned out to be gone. */
  forget(): void {
    this.#known.clear();
  }

  /** Those of a directory and its parents that are not known, the deepest first. */
  #unknown(directory: string): string[] {
    const unknown: string[] = [];
    for (let path = directory; path !== this.#root && !this.#known.has(path); path = dirname(path)) unknown.push(path);
    return unknown;
  }

  #remember(directories: readonly string[]): void {
    if (this.#known.size >= 20_000) this.#known.clear();
    for (const directory of directories) this.#known.add(directory);
  }
}

function makeDirectory(directory: string, clear: (path: string) => void): void {
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(directory);
      return;
    } catch (thrown) {
      if (!hasCode(thrown, "EEXIST")) throw thrown;
      if (isDirectory(directory)) return;
      if (tries > 3) throw thrown;
    }
    clear(directory);
  }
}

function isDirectory(path: string): boolean {
  return stateOf(path)?.isDirectory() ?? false;
}

/** Whether no part of an existing directory's path is a symbolic link: then what lies in it lies where its path says. */
export function isOwnPath(directory: string): boolean {
  try {
    return realpathSync.native(directory) === directory;
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "ELOOP")) return false;
    throw thrown;
  }
}

/** Makes all files and names in a directory durable. */
export async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncPath(path);
  }
  await syncPath(directory);
}
