import { createHash } from "node:crypto";
import type { BlobInfo } from "../../ports/blob-store.ts";
import type { FileIdentity, ObjectRecord } from "./object-records.ts";

/** What is known of the object in a file. Without a record somebody else wrote it: its etag is then of the form S3 uses where it is no MD5. */
export function objectInfo(uri: string, file: FileIdentity, record: ObjectRecord | undefined): BlobInfo {
  return {
    uri,
    size: Number(file.size),
    modifiedAt: Math.round(Number(file.mtimeNs) / 1e6),
    etag: record?.etag ?? `${createHash("md5").update(`${file.size}.${file.mtimeNs}`).digest("hex")}-1`,
    ...(record?.contentType === undefined ? {} : { contentType: record.contentType }),
    metadata: record?.metadata ?? {},
  };
}
