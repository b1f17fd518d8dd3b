import type { BlobInfo } from "../../ports/blob-store.ts";
import { S3Error } from "./s3-error.ts";

/** What the conditional headers (or their x-amz-copy-source- twins) of a read say. */
export interface Conditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

/** RFC 9110 §13.2.2. Throws PreconditionFailed. */
export function evaluateConditions(info: BlobInfo, conditions: Conditions): "proceed" | "not-modified" {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  // Dates in headers end at the second.
  const modified = Math.floor(info.modifiedAt / 1000) * 1000;
  if (ifMatch !== undefined ? !names(ifMatch, info.etag) : isBefore(ifUnmodifiedSince, modified)) throw preconditionFailed();
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, info.etag) ? "not-modified" : "proceed";
  return isAtLeast(ifModifiedSince, modified) ? "not-modified" : "proceed";
}

export function preconditionFailed(): S3Error {
  return new S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
}

function names(header: string, etag: string): boolean {
  return header.split(",").some((candidate) => {
    const text = candidate.trim().replace(/^W\//, "");
    return text === "*" || text.replace(/^"(.*)"$/, "$1") === etag;
  });
}

function isBefore(header: string | undefined, modified: number): boolean {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return time < modified;
}

function isAtLeast(header: string | undefined, modified: number): boolean {
  const time = header === undefined ? Number.NaN : Date.parse(header);
  return time >= modified;
}
