import type { BlobInfo, ByteRange } from "../../ports/blob-store.ts";
import { readByteRange } from "./byte-range.ts";
import { evaluateConditions } from "./conditions.ts";
import { objectHeaders } from "./object-headers.ts";
import { objectUri } from "./object-uri.ts";
import type { S3Call, S3Reply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

const overridable = ["content-type", "content-language", "content-disposition", "content-encoding", "cache-control", "expires"] as const;

/** GetObject and HeadObject: ranges, conditions and response-* overrides. */
export async function getObject({ request, context }: S3Call): Promise<S3Reply> {
  const uri = objectUri(request.bucket, request.key);
  for (let tries = 0; ; tries++) {
    const info = await context.blobs.head(uri);
    if (!info) throw await absent(request, context.blobs);
    const conditions = {
      ifMatch: request.header("if-match"),
      ifNoneMatch: request.header("if-none-match"),
      ifModifiedSince: request.header("if-modified-since"),
      ifUnmodifiedSince: request.header("if-unmodified-since"),
    };
    if (evaluateConditions(info, conditions) === "not-modified") {
      return { status: 304, headers: { etag: `"${info.etag}"`, "last-modified": new Date(info.modifiedAt).toUTCString() } };
    }
    const range = readByteRange(request.header("range"), info.size);
    const head = replyOf(request, info, range);
    if (request.method === "HEAD" || info.size === 0) return head;
    const found = await context.blobs.get(uri, range);
    if (found.info.etag === info.etag && found.info.size === info.size) return { ...head, body: found.body };
    // Replaced since: what was said of the old one does not hold of the new one.
    await found.body[Symbol.asyncIterator]().return?.();
    if (tries >= 5) throw new S3Error("InternalError", "The object keeps being replaced. Please try again.");
  }
}

function replyOf(request: S3Request, info: BlobInfo, range: ByteRange | undefined): S3Reply {
  const headers = objectHeaders(info);
  for (const name of overridable) {
    const value = request.parameter(`response-${name}`);
    if (value === undefined) continue;
    if (!/^[\x20-\x7e]*$/.test(value)) throw new S3Error("InvalidArgument", `response-${name} is not a header value`);
    headers[name] = value;
  }
  headers["content-length"] = String(range ? range.last - range.first + 1 : info.size);
  if (range) headers["content-range"] = `bytes ${range.first}-${range.last}/${info.size}`;
  return { status: range ? 206 : 200, headers };
}

async function absent(request: S3Request, buckets: S3Call["context"]["blobs"]): Promise<S3Error> {
  if (!(await buckets.headBucket(request.bucket))) return new S3Error("NoSuchBucket", "The specified bucket does not exist");
  return new S3Error("NoSuchKey", "The specified key does not exist.");
}
