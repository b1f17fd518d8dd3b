import type { BlobListing } from "../../ports/blob-store.ts";
import { requireBucket } from "./bucket-routes.ts";
import { encodeUri } from "./canonical-request.ts";
import { longestKey, objectUri, parseObjectUri } from "./object-uri.ts";
import { type S3Call, type S3Reply, xmlReply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import { document, element, type Markup } from "./xml.ts";

/** ListObjectsV2 (list-type=2) and ListObjects. */
export async function listObjects(call: S3Call): Promise<S3Reply> {
  const { request } = call;
  const second = request.parameter("list-type") === "2";
  if (!second && request.parameter("list-type") !== undefined)
    throw new S3Error("InvalidArgument", "Invalid List Type specified in Request");
  await requireBucket(call);
  const prefix = request.parameter("prefix") ?? "";
  const delimiter = request.parameter("delimiter") ?? "";
  const limit = readLimit(request);
  const startAfter = second ? startOfSecond(request) : request.parameter("marker");
  if ([prefix, delimiter, startAfter ?? ""].some((text) => Buffer.byteLength(text) > longestKey)) {
    throw new S3Error("KeyTooLongError", "The prefix, delimiter or marker is too long");
  }
  const listing: BlobListing =
    limit === 0
      ? { items: [], prefixes: [] }
      : await call.context.blobs.list(objectUri(request.bucket, prefix), {
          limit,
          ...(delimiter === "" ? {} : { delimiter }),
          ...(startAfter ? { startAfter } : {}),
        });
  const text = textEncoding(request);
  const common = [
    element("Name", request.bucket),
    element("Prefix", text(prefix)),
    element("MaxKeys", limit),
    ...(delimiter === "" ? [] : [element("Delimiter", text(delimiter))]),
    ...(request.parameter("encoding-type") === undefined ? [] : [element("EncodingType", "url")]),
    element("IsTruncated", listing.next !== undefined),
  ];
  const paging = second ? pagingOfSecond(request, listing, text) : pagingOfFirst(request, listing, text);
  return xmlReply(
    document("ListBucketResult", [...common, ...paging, ...entries(listing, text, !second || request.parameter("fetch-owner") === "true")]),
  );
}

type TextEncoding = (text: string) => string;

function textEncoding(request: S3Request): TextEncoding {
  const encoding = request.parameter("encoding-type");
  if (encoding === undefined) return (text) => text;
  if (encoding !== "url") throw new S3Error("InvalidArgument", "Invalid Encoding Method specified in Request");
  return (text) => encodeUri(text, true);
}

function readLimit(request: S3Request): number {
  const text = request.parameter("max-keys") || "1000";
  if (!/^\d{1,10}$/.test(text)) throw new S3Error("InvalidArgument", "Provided max-keys not an integer or within integer range");
  return Math.min(Number(text), 1000);
}

function startOfSecond(request: S3Request): string | undefined {
  const token = request.parameter("continuation-token");
  if (token === undefined) return request.parameter("start-after");
  const key = Buffer.from(token, "base64url").toString("utf8");
  if (key === "" || tokenOf(key) !== token) throw new S3Error("InvalidArgument", "The continuation token provided is incorrect");
  return key;
}

function tokenOf(key: string): string {
  return Buffer.from(key).toString("base64url");
}

function pagingOfSecond(request: S3Request, listing: BlobListing, text: TextEncoding): Markup[] {
  const token = request.parameter("continuation-token");
  const startAfter = request.parameter("start-after");
  return [
    element("KeyCount", listing.items.length + listing.prefixes.length),
    ...(token === undefined ? [] : [element("ContinuationToken", token)]),
    ...(listing.next === undefined ? [] : [element("NextContinuationToken", tokenOf(listing.next))]),
    ...(startAfter === undefined ? [] : [element("StartAfter", text(startAfter))]),
  ];
}

function pagingOfFirst(request: S3Request, listing: BlobListing, text: TextEncoding): Markup[] {
  const marker = element("Marker", text(request.parameter("marker") ?? ""));
  return listing.next === undefined ? [marker] : [marker, element("NextMarker", text(listing.next))];
}

function entries(listing: BlobListing, text: TextEncoding, withOwner: boolean): Markup[] {
  const owner = withOwner ? [element("Owner", [element("ID", "flyte"), element("DisplayName", "flyte")])] : [];
  const contents = listing.items.map((info) =>
    element("Contents", [
      element("Key", text(parseObjectUri(info.uri).key)),
      element("LastModified", new Date(info.modifiedAt).toISOString()),
      element("ETag", `"${info.etag}"`),
      element("Size", info.size),
      ...owner,
      element("StorageClass", "STANDARD"),
    ]),
  );
  const prefixes = listing.prefixes.map((prefix) => element("CommonPrefixes", [element("Prefix", text(parseObjectUri(prefix).key))]));
  return [...contents, ...prefixes];
}
