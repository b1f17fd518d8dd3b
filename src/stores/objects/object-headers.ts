import type { BlobInfo, PutOptions } from "../../ports/blob-store.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";

/** Headers of an object that are kept like metadata, under a name no client's metadata has: header names cannot contain a colon. */
const kept = ["cache-control", "content-disposition", "content-encoding", "content-language", "expires"] as const;
const keptPrefix = "header:";
const metaPrefix = "x-amz-meta-";
/** S3's limit, names and values together. */
const largestMetadata = 2048;

/** Content type and metadata that a request gives to an object. Throws MetadataTooLarge, NotImplemented. */
export function readObjectHeaders(request: S3Request): Required<Pick<PutOptions, "contentType" | "metadata">> {
  refuseUnsupported(request);
  const metadata: Record<string, string> = {};
  // Signers of URLs move metadata into the query.
  const hoisted = request.parameter("X-Amz-Signature") === undefined ? [] : request.query;
  const names = [...Object.keys(request.http.headers), ...hoisted.map(([name]) => name.toLowerCase())];
  for (const name of names.filter((candidate) => candidate.startsWith(metaPrefix))) {
    metadata[name.slice(metaPrefix.length)] = request.header(name) ?? hoisted.find(([other]) => other.toLowerCase() === name)?.[1] ?? "";
  }
  const size = Object.entries(metadata).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (size > largestMetadata) throw new S3Error("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size");
  for (const name of kept) {
    const value = name === "content-encoding" ? contentEncoding(request) : request.header(name);
    if (value) metadata[keptPrefix + name] = value;
  }
  return { contentType: request.header("content-type") ?? "binary/octet-stream", metadata };
}

/** The headers of an answer about an object, and of the object itself. */
export function objectHeaders(info: BlobInfo): Record<string, string> {
  const headers: Record<string, string> = {
    etag: `"${info.etag}"`,
    "last-modified": new Date(info.modifiedAt).toUTCString(),
    "content-type": info.contentType ?? "binary/octet-stream",
    "accept-ranges": "bytes",
  };
  for (const [name, value] of Object.entries(info.metadata)) {
    if (!name.includes(":")) headers[metaPrefix + name] = headerValue(value);
    else if (name.startsWith(keptPrefix)) headers[name.slice(keptPrefix.length)] = headerValue(value);
  }
  return headers;
}

// As S3 does with what does not fit into a header.
function headerValue(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`;
}

function contentEncoding(request: S3Request): string {
  const encodings = (request.header("content-encoding") ?? "").split(",").map((encoding) => encoding.trim());
  return encodings.filter((encoding) => encoding !== "" && encoding !== "aws-chunked").join(",");
}

function refuseUnsupported(request: S3Request): void {
  const harmless: Readonly<Record<string, readonly string[]>> = {
    "x-amz-acl": ["private", "bucket-owner-full-control"],
    "x-amz-storage-class": ["STANDARD"],
    "x-amz-server-side-encryption": [],
  };
  const prefixes = [
    "x-amz-server-side-encryption",
    "x-amz-object-lock",
    "x-amz-grant-",
    "x-amz-tagging",
    "x-amz-website",
    "x-amz-acl",
    "x-amz-storage-class",
  ];
  for (const name of Object.keys(request.http.headers)) {
    if (!prefixes.some((prefix) => name === prefix || name.startsWith(prefix))) continue;
    if (!harmless[name]?.includes(request.header(name) ?? "")) {
      throw new S3Error("NotImplemented", `A header you provided implies functionality that is not implemented: ${name}`);
    }
  }
}
