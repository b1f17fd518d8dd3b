import { StatusError } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";

/** What S3 says, by its code, where the HTTP status alone would mislead. */
const statusOfCode = {
  BadDigest: "INVALID_ARGUMENT",
  InvalidDigest: "INVALID_ARGUMENT",
  KeyTooLongError: "INVALID_ARGUMENT",
  XMinioInvalidObjectName: "INVALID_ARGUMENT",
  XMinioParentIsObject: "INVALID_ARGUMENT",
  XMinioStorageFull: "RESOURCE_EXHAUSTED",
  EntityTooLarge: "RESOURCE_EXHAUSTED",
  NoSuchBucket: "FAILED_PRECONDITION",
} as const;

/** The HTTP status of a failed call, undefined when there was no answer. */
export function httpStatusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null || !("$metadata" in thrown)) return undefined;
  const metadata = thrown.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

/** A failed call about `uri` in the seam's terms. No answer, and answers that a later try may change, are UNAVAILABLE. */
export function s3Failure(uri: string, thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  const code = thrown instanceof Error ? thrown.name : "";
  const said = `the object store answered ${code} for ${uri}: ${messageOf(thrown)}`;
  const known = Object.entries(statusOfCode).find(([name]) => name === code);
  if (known) return new StatusError(known[1], said, [], thrown);
  switch (httpStatusOf(thrown)) {
    case 404:
      return new StatusError("NOT_FOUND", `there is no object ${uri}`, [], thrown);
    case 412:
      return new StatusError("FAILED_PRECONDITION", `there is an object ${uri} already`, [], thrown);
    case 416:
      return new StatusError("OUT_OF_RANGE", `${uri} has no bytes in that range`, [], thrown);
    case 400:
      return new StatusError("INVALID_ARGUMENT", said, [], thrown);
    case 401:
    case 403:
      return new StatusError("FAILED_PRECONDITION", said, [], thrown);
    case undefined:
      return new StatusError("UNAVAILABLE", `the object store cannot be reached: ${messageOf(thrown)}`, [], thrown);
    default:
      return new StatusError("UNAVAILABLE", said, [], thrown);
  }
}
