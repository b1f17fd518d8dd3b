import { createHash } from "node:crypto";
import { closeSync, fstatSync, futimesSync, openSync, rmSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import { StatusError } from "../../idl/status.ts";
import { hasCode, syncFile } from "./durable-files.ts";
import type { FileIdentity } from "./object-records.ts";

const writePart = promisify(write);
const smallBody = 256 * 1024;

export interface IncomingFile extends FileIdentity {
  readonly path: string;
  readonly md5: Uint8Array;
}

/**
 * Writes a body to a new file at `path` and makes it durable, unless its name is to come first (`unsynced`); nothing is left behind on errors. `modifiedAt` is in milliseconds with a fraction.
 * Throws INVALID_ARGUMENT when the body's MD5 is not `contentMd5`, RESOURCE_EXHAUSTED when the disk is full.
 */
export async function receiveFile(
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  modifiedAt: number,
  contentMd5?: Uint8Array,
  unsynced = false,
): Promise<IncomingFile> {
  const file = openSync(path, "wx", 0o644);
  try {
    const md5 = await writeBody(file, body);
    if (contentMd5 && !md5.equals(contentMd5)) {
      throw new StatusError(
        "INVALID_ARGUMENT",
        `the MD5 of the body is ${md5.toString("base64")}, not ${Buffer.from(contentMd5).toString("base64")}`,
      );
    }
    futimesSync(file, modifiedAt / 1000, modifiedAt / 1000);
    if (!unsynced) await syncFile(file);
    const { size, mtimeNs } = fstatSync(file, { bigint: true });
    return { path, md5, size, mtimeNs };
  } catch (thrown) {
    rmSync(path, { force: true });
    if (hasCode(thrown, "ENOSPC", "EDQUOT"))
      throw new StatusError("RESOURCE_EXHAUSTED", "the disk of the object store is full", [], thrown);
    throw thrown;
  } finally {
    closeSync(file);
  }
}

async function writeBody(file: number, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  const hash = createHash("md5");
  if (body instanceof Uint8Array && body.length <= smallBody) {
    // One small write costs less than a trip through the thread pool.
    for (let at = 0; at < body.length;) at += writeSync(file, body, at);
    return hash.update(body).digest();
  }
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    for (let at = 0; at < piece.length;) at += (await writePart(file, piece, at, piece.length - at, null)).bytesWritten;
    hash.update(piece);
  }
  return hash.digest();
}
