import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasCode, syncFile, syncPath } from "./durable-files.ts";

/** What a file does not say of the object in it. */
export interface ObjectRecord {
  readonly etag: string;
  readonly contentType?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Size and time of change of the file the record is about; the store gives every file it writes a time of its own. */
export interface FileIdentity {
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/**
 * Records beside the objects, named after the key and the identity of the file: a file changed by somebody else has none, and the record of a
 * new file can be laid down before the file takes the place of the old one.
 */
export class ObjectRecords {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(bucket: string, key: string, file: FileIdentity, record: ObjectRecord): Promise<void> {
    const path = this.#path(bucket, key, file);
    const handle = openMakingParents(path);
    try {
      writeSync(handle, JSON.stringify(record));
      // Without its record an object still has its content and an etag, so only what cannot be made up again is waited for.
      if (record.contentType === undefined && Object.keys(record.metadata).length === 0) return;
      await syncFile(handle);
    } finally {
      closeSync(handle);
    }
    await syncPath(dirname(path));
  }

  read(bucket: string, key: string, file: FileIdentity): ObjectRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(bucket, key, file), "utf8")) as ObjectRecord;
    } catch (thrown) {
      if (hasCode(thrown, "ENOENT", "ENOTDIR") || thrown instanceof SyntaxError) return undefined;
      throw thrown;
    }
  }

  remove(bucket: string, key: string, file: FileIdentity): void {
    rmSync(this.#path(bucket, key, file), { force: true });
  }

  #path(bucket: string, key: string, file: FileIdentity): string {
    const hash = createHash("sha256").update(key).digest("hex");
    return join(this.#directory, bucket, hash.slice(0, 2), `${hash.slice(2)}.${file.size}.${file.mtimeNs}`);
  }
}

function openMakingParents(path: string): number {
  try {
    return openSync(path, "w");
  } catch (thrown) {
    if (!hasCode(thrown, "ENOENT")) throw thrown;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "w");
  }
}
