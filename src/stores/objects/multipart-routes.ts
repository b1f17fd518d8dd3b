import { requireBucket } from "./bucket-routes.ts";
import { readByteRange } from "./byte-range.ts";
import { copyResult, findCopySource } from "./copy-object.ts";
import { type ChosenPart, mostParts } from "./multipart-uploads.ts";
import { readObjectHeaders } from "./object-headers.ts";
import { childText, parseXml } from "./parse-xml.ts";
import { putError, readIfAbsent } from "./put-object.ts";
import { openRequestBody, readBodyText } from "./request-body.ts";
import { type S3Call, type S3Reply, xmlReply } from "./s3-context.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import { document, element } from "./xml.ts";

const largestCompletion = 8 << 20;

export async function createMultipartUpload(call: S3Call): Promise<S3Reply> {
  const { request, context } = call;
  await requireBucket(call);
  const id = await context.uploads.create({ bucket: request.bucket, key: request.key, ...readObjectHeaders(request) });
  return xmlReply(document("InitiateMultipartUploadResult", [...address(request), element("UploadId", id)]));
}

/** UploadPart, and UploadPartCopy where x-amz-copy-source is sent. */
export async function uploadPart(call: S3Call): Promise<S3Reply> {
  const { request, context } = call;
  const number = readNumber(request.parameter("partNumber"), "partNumber", 1, mostParts);
  const id = await findUpload(call);
  if (request.header("x-amz-copy-source") !== undefined) {
    const source = await findCopySource(call);
    const range = readByteRange(request.header("x-amz-copy-source-range"), source.size);
    const { body } = await context.blobs.get(source.uri, range);
    return xmlReply(document("CopyPartResult", copyResult(await context.uploads.putPart(id, number, body))));
  }
  const body = openRequestBody(call);
  try {
    const info = await context.uploads.putPart(id, number, body, body.md5);
    return { status: 200, headers: { etag: `"${info.etag}"`, ...(body.checksum ? { [body.checksum[0]]: body.checksum[1] } : {}) } };
  } catch (thrown) {
    throw putError(thrown, body.md5 !== undefined);
  }
}

export async function listParts(call: S3Call): Promise<S3Reply> {
  const { request, context } = call;
  const id = await findUpload(call);
  const limit = readNumber(request.parameter("max-parts") ?? "1000", "max-parts", 0, 2 ** 31);
  const marker = readNumber(request.parameter("part-number-marker") ?? "0", "part-number-marker", 0, 2 ** 31);
  const rest = (await context.uploads.parts(id)).filter((part) => part.number > marker);
  const shown = rest.slice(0, Math.min(limit, 1000));
  const parts = shown.map(({ number, info }) =>
    element("Part", [element("PartNumber", number), ...copyResult(info), element("Size", info.size)]),
  );
  return xmlReply(
    document("ListPartsResult", [
      ...address(request),
      element("UploadId", id),
      element("StorageClass", "STANDARD"),
      element("PartNumberMarker", marker),
      element("NextPartNumberMarker", shown.at(-1)?.number ?? marker),
      element("MaxParts", Math.min(limit, 1000)),
      element("IsTruncated", shown.length < rest.length),
      ...parts,
    ]),
  );
}

export async function completeMultipartUpload(call: S3Call): Promise<S3Reply> {
  const { request, context } = call;
  const id = await findUpload(call);
  const target = await context.uploads.find(id, request.bucket, request.key);
  const root = parseXml(await readBodyText(call, largestCompletion));
  const chosen = root.children
    .filter((child) => child.name === "Part")
    .map((part): ChosenPart => {
      const number = readNumber(childText(part, "PartNumber"), "PartNumber", 1, mostParts);
      return { number, etag: (childText(part, "ETag") ?? "").replace(/^"(.*)"$/, "$1") };
    });
  if (root.name !== "CompleteMultipartUpload" || chosen.length === 0) {
    throw new S3Error("MalformedXML", "The document must name the parts of the upload");
  }
  // Putting a large object together may take longer than a silent connection is kept.
  request.http.socket.setTimeout(0);
  try {
    const info = await context.uploads.complete(id, target, chosen, readIfAbsent(request));
    return xmlReply(
      document("CompleteMultipartUploadResult", [
        element("Location", request.path),
        ...address(request),
        element("ETag", `"${info.etag}"`),
      ]),
    );
  } catch (thrown) {
    throw putError(thrown, false);
  }
}

export async function abortMultipartUpload(call: S3Call): Promise<S3Reply> {
  await call.context.uploads.remove(await findUpload(call));
  return { status: 204, headers: {} };
}

async function findUpload({ request, context }: S3Call): Promise<string> {
  const id = request.parameter("uploadId") ?? "";
  await context.uploads.find(id, request.bucket, request.key);
  return id;
}

function address(request: S3Request) {
  return [element("Bucket", request.bucket), element("Key", request.key)];
}

function readNumber(text: string | undefined, name: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new S3Error("InvalidArgument", `${name} must be an integer between ${least} and ${most}, inclusive`);
  return value;
}
