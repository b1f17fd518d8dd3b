import { closeSync, fsync, lstatSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

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

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes `directory`, at or below the root; a plain file in the way is handed to `clear`, which must move it elsewhere. */
  async make(directory: string, clear: (path: string) => void): Promise<void> {
    if (directory === this.#root || this.#known.has(directory)) return;
    const parent = dirname(directory);
    await this.make(parent, clear);
    for (let tries = 0; !isDirectory(directory); tries++) {
      if (tries > 0) clear(directory);
      try {
        mkdirSync(directory);
      } catch (thrown) {
        if (!hasCode(thrown, "EEXIST") || tries > 3) throw thrown;
      }
    }
    await syncPath(parent);
    if (this.#known.size >= 20_000) this.#known.clear();
    this.#known.add(directory);
  }

  /** To be called when a directory turned out to be gone. */
  forget(): void {
    this.#known.clear();
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
