import { hasStatus } from "../../idl/status.ts";
import { preconditionFailed } from "./conditions.ts";
import { readObjectHeaders } from "./object-headers.ts";
import { objectUri } from "./object-uri.ts";
import { badDigest, openRequestBody } from "./request-body.ts";
import { requireBucket } from "./bucket-routes.ts";
import type { S3Call, S3Reply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

/** PutObject: durable when answered; nothing is stored when the body differs from what its headers say. */
export async function putObject(call: S3Call): Promise<S3Reply> {
  const { request, context } = call;
  await requireBucket(call);
  const body = openRequestBody(call);
  const options = { ...readObjectHeaders(request), ifAbsent: readIfAbsent(request), ...(body.md5 ? { contentMd5: body.md5 } : {}) };
  try {
    const info = await context.blobs.put(objectUri(request.bucket, request.key), body, options);
    return { status: 200, headers: { etag: `"${info.etag}"`, ...(body.checksum ? { [body.checksum[0]]: body.checksum[1] } : {}) } };
  } catch (thrown) {
    throw putError(thrown, body.md5 !== undefined);
  }
}

/** Whether `If-None-Match: *` was sent. Throws NotImplemented for other conditions on writes. */
export function readIfAbsent(request: S3Request): boolean {
  const ifNoneMatch = request.header("if-none-match");
  if (request.header("if-match") !== undefined || (ifNoneMatch !== undefined && ifNoneMatch.trim() !== "*")) {
    throw new S3Error("NotImplemented", "Of the conditions on writes only If-None-Match: * is implemented");
  }
  return ifNoneMatch !== undefined;
}

/** The errors of BlobStore.put in S3's terms. */
export function putError(thrown: unknown, hasMd5: boolean): unknown {
  if (hasStatus(thrown, "FAILED_PRECONDITION")) return preconditionFailed();
  // The address has been checked before, so that only a long name or the digest is left.
  if (hasStatus(thrown, "INVALID_ARGUMENT"))
    return hasMd5 && thrown.message.includes("MD5") ? badDigest() : new S3Error("KeyTooLongError", thrown.message);
  return thrown;
}
