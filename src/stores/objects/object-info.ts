import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { BlobInfo } from "../../ports/blob-store.ts";
import { hasCode } from "./durable-files.ts";
import type { FileIdentity, ObjectRecord } from "./object-records.ts";

const smallest = 4096n;

/** Whether an object needs no record: its MD5 is found faster in the content than in a file of its own. */
export function needsNoRecord(file: FileIdentity, record: ObjectRecord): boolean {
  return file.size <= smallest && record.contentType === undefined && Object.keys(record.metadata).length === 0;
}

/**
 * What is known of the object in a file, which is open as a descriptor or named by a path. A larger one without a record
 * was written by somebody else: its etag is then of the form S3 uses where it is no MD5.
 */
export function objectInfo(
  uri: string,
  file: FileIdentity,
  record: ObjectRecord | undefined,
  content: string | number | undefined,
): BlobInfo {
  return {
    uri,
    size: Number(file.size),
    modifiedAt: Math.round(Number(file.mtimeNs) / 1e6),
    etag: record?.etag ?? md5Of(file, content) ?? `${createHash("md5").update(`${file.size}.${file.mtimeNs}`).digest("hex")}-1`,
    ...(record?.contentType === undefined ? {} : { contentType: record.contentType }),
    metadata: record?.metadata ?? {},
  };
}

function md5Of(file: FileIdentity, content: string | number | undefined): string | undefined {
  if (content === undefined || file.size > smallest) return undefined;
  try {
    return createHash("md5").update(readFileSync(content)).digest("hex");
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR")) return undefined;
    throw thrown;
  }
}
