import type { BlobInfo } from "../../ports/blob-store.ts";
import { requireBucket } from "./bucket-routes.ts";
import { evaluateConditions, preconditionFailed } from "./conditions.ts";
import { readObjectHeaders } from "./object-headers.ts";
import { isBucketName, objectUri } from "./object-uri.ts";
import { putError, readIfAbsent } from "./put-object.ts";
import type { S3Call, S3Reply } from "./s3-context.ts";
import { xmlReply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import { uploadsBucket } from "./multipart-uploads.ts";
import { document, element } from "./xml.ts";

/** CopyObject: within this store, metadata kept or replaced. */
export async function copyObject(call: S3Call): Promise<S3Reply> {
  const { request, context } = call;
  await requireBucket(call);
  const source = await findCopySource(call);
  const target = objectUri(request.bucket, request.key);
  const replaced = readObjectHeaders(request);
  const directive = request.header("x-amz-metadata-directive") ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE") throw new S3Error("InvalidArgument", "Unknown metadata directive.");
  if (directive === "COPY" && source.uri === target) {
    throw new S3Error(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing its metadata.",
    );
  }
  const kept = { metadata: source.metadata, ...(source.contentType === undefined ? {} : { contentType: source.contentType }) };
  const { body } = await context.blobs.get(source.uri);
  try {
    const info = await context.blobs.put(target, body, { ...(directive === "COPY" ? kept : replaced), ifAbsent: readIfAbsent(request) });
    return xmlReply(document("CopyObjectResult", copyResult(info)));
  } catch (thrown) {
    await body[Symbol.asyncIterator]().return?.();
    throw putError(thrown, false);
  }
}

export function copyResult(info: Pick<BlobInfo, "modifiedAt" | "etag">) {
  return [element("LastModified", new Date(info.modifiedAt).toISOString()), element("ETag", `"${info.etag}"`)];
}

/** The object that x-amz-copy-source names, its conditions checked. Throws NoSuchKey, InvalidArgument, PreconditionFailed. */
export async function findCopySource({ request, context }: S3Call): Promise<BlobInfo> {
  const { bucket, key } = readCopySource(request);
  const info = await context.blobs.head(objectUri(bucket, key));
  if (!info) throw new S3Error("NoSuchKey", "The specified key does not exist.");
  const header = (name: string): string | undefined => request.header(`x-amz-copy-source-${name}`);
  const conditions = {
    ifMatch: header("if-match"),
    ifNoneMatch: header("if-none-match"),
    ifModifiedSince: header("if-modified-since"),
    ifUnmodifiedSince: header("if-unmodified-since"),
  };
  if (evaluateConditions(info, conditions) === "not-modified") throw preconditionFailed();
  return info;
}

function readCopySource(request: S3Request): { bucket: string; key: string } {
  const source = request.header("x-amz-copy-source") ?? "";
  if (source.includes("?versionId=")) throw new S3Error("NotImplemented", "Versions of objects are not implemented");
  try {
    const [, bucket = "", key = ""] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(source)) ?? [];
    if (isBucketName(bucket) && bucket !== uploadsBucket && key !== "") return { bucket, key };
  } catch {
    // Falls through to the refusal.
  }
  throw new S3Error("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
}
