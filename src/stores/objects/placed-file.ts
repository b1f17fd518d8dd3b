import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { hasCode, isOwnPath, stateOf } from "./durable-files.ts";
import { keyPath } from "./key-path.ts";
import type { FileIdentity } from "./object-records.ts";

export interface PlacedFile extends FileIdentity {
  readonly path: string;
}

/** The two places the file of an object can be in; `plain` goes first, and holds the newer one should both be there. */
export interface Places {
  readonly directory: string;
  readonly plain: string;
  readonly beside: string;
}

export function placesOf(bucketDirectory: string, key: string): Places {
  const { directories, name, beside } = keyPath(key);
  const directory = [bucketDirectory, ...directories].join("/");
  return { directory, plain: `${directory}/${name}`, beside: `${directory}/${beside}` };
}

/** The object's file, if there is one: never a directory, a link or a device. */
export function findFile(places: Places): PlacedFile | undefined {
  for (const path of [places.plain, places.beside]) {
    const state = stateOf(path);
    if (state?.isFile() && isOwnPath(dirname(path))) return { path, size: state.size, mtimeNs: state.mtimeNs };
  }
  return undefined;
}

/** As findFile, with the file open for reading; the caller closes `file`. */
export function openPlacedFile(places: Places): (PlacedFile & { readonly file: number }) | undefined {
  for (const path of [places.plain, places.beside]) {
    const file = openRegular(path);
    if (file === undefined) continue;
    const state = fstatSync(file, { bigint: true });
    if (state.isFile() && isOwnPath(dirname(path))) return { path, file, size: state.size, mtimeNs: state.mtimeNs };
    closeSync(file);
  }
  return undefined;
}

function openRegular(path: string): number | undefined {
  try {
    // Not blocking: a pipe somebody made here must not hold us up.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EISDIR", "ENAMETOOLONG")) return undefined;
    throw thrown;
  }
}
