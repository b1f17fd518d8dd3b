import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { decodeAwsChunked } from "./aws-chunked.ts";
import { type Checksum, startChecksum } from "./checksums.ts";
import { S3Error } from "./s3-error.ts";
import type { S3Request } from "./s3-request.ts";
import type { Authentication } from "./verify-signature.ts";

/** S3's limit for one PUT. */
const largestBody = 5 * 1024 ** 3;

/** A request's content, checked against all that its headers and trailers say of it: iterating throws at the end when something differs. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  readonly size: number;
  /** From Content-MD5; to be checked by whoever takes the body. */
  readonly md5?: Uint8Array;
  /** The x-amz-checksum-* header that was sent, to be sent back. */
  readonly checksum?: readonly [name: string, value: string];
}

export interface BodySource {
  readonly request: S3Request;
  readonly authentication: Authentication;
  /** Given while the client waits for `100 Continue`. */
  readonly awaitsContinue?: ServerResponse;
}

/** Throws MissingContentLength, EntityTooLarge, InvalidDigest, InvalidRequest. */
export function openRequestBody(source: BodySource): RequestBody {
  const { request, authentication } = source;
  const streaming = authentication.payloadHash.startsWith("STREAMING-");
  const size = Number(request.header(streaming ? "x-amz-decoded-content-length" : "content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(size) || size < 0)
    throw new S3Error("MissingContentLength", "You must provide the Content-Length HTTP header.");
  if (size > largestBody) throw new S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
  const md5 = readMd5(request.header("content-md5"));
  const checksum = sentChecksum(request);
  return {
    size,
    ...(md5 ? { md5 } : {}),
    ...(checksum ? { checksum } : {}),
    [Symbol.asyncIterator]: () => checked(contentOf(source), source, size, checksum),
  };
}

/** A small body as text, Content-MD5 checked. */
export async function readBodyText(source: BodySource, limit: number): Promise<string> {
  const body = openRequestBody(source);
  if (body.size > limit) throw new S3Error("MalformedXML", `The body has more than ${limit} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (body.md5 && !createHash("md5").update(bytes).digest().equals(body.md5)) throw badDigest();
  return bytes.toString("utf8");
}

export function badDigest(what = "Content-MD5"): S3Error {
  return new S3Error("BadDigest", `The ${what} you specified did not match what we received.`);
}

interface Content {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Filled when the bytes are at an end. */
  readonly trailers: Map<string, string>;
}

function contentOf({ request, authentication, awaitsContinue }: BodySource): Content {
  const trailers = new Map<string, string>();
  const raw = rawBytes(request, awaitsContinue);
  const onTrailers = (found: ReadonlyMap<string, string>): void => found.forEach((value, name) => trailers.set(name, value));
  const { payloadHash, signing } = authentication;
  switch (payloadHash) {
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
      return { bytes: decodeAwsChunked(raw, { signing }), trailers };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { bytes: decodeAwsChunked(raw, { signing, signedTrailer: true, onTrailers }), trailers };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { bytes: decodeAwsChunked(raw, { onTrailers }), trailers };
    default:
      if (payloadHash !== "UNSIGNED-PAYLOAD" && !/^[0-9a-f]{64}$/.test(payloadHash)) {
        throw new S3Error("InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a SHA-256 in hex");
      }
      return { bytes: raw, trailers };
  }
}

async function* rawBytes(request: S3Request, awaitsContinue: ServerResponse | undefined): AsyncGenerator<Uint8Array> {
  awaitsContinue?.writeContinue();
  // The connection stays open when we stop half-way: an answer is still to be sent.
  for await (const piece of request.http.iterator({ destroyOnReturn: false })) yield piece as Buffer;
}

async function* checked(
  content: Content,
  { request, authentication }: BodySource,
  size: number,
  sent: readonly [name: string, value: string] | undefined,
): AsyncGenerator<Uint8Array> {
  const hash = /^[0-9a-f]{64}$/.test(authentication.payloadHash) ? createHash("sha256") : undefined;
  const trailer = request.header("x-amz-trailer")?.trim().toLowerCase();
  const name = sent?.[0] ?? (trailer?.startsWith(checksumPrefix) ? trailer : undefined);
  const checksum = name === undefined ? undefined : checksumOf(name);
  let received = 0;
  for await (const piece of content.bytes) {
    received += piece.length;
    if (received > size) break;
    hash?.update(piece);
    checksum?.update(piece);
    yield piece;
  }
  if (received !== size) throw new S3Error("IncompleteBody", "The body does not have the number of bytes that its headers say");
  if (hash && hash.digest("hex") !== authentication.payloadHash) {
    throw new S3Error("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  if (!checksum || name === undefined) return;
  const expected = sent?.[1] ?? content.trailers.get(name);
  if (expected === undefined) throw new S3Error("InvalidRequest", `The trailer ${name} was announced but not sent`);
  if (checksum.digest() !== expected) throw badDigest(name.slice(checksumPrefix.length).toUpperCase());
}

const checksumPrefix = "x-amz-checksum-";

function sentChecksum(request: S3Request): [string, string] | undefined {
  const about = ["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"];
  const names = Object.keys(request.http.headers).filter((name) => name.startsWith(checksumPrefix) && !about.includes(name));
  if (names.length > 1) throw new S3Error("InvalidRequest", "Expecting a single x-amz-checksum- header.");
  const [name] = names;
  return name === undefined ? undefined : [name, request.header(name) ?? ""];
}

function checksumOf(name: string): Checksum {
  const checksum = startChecksum(name.slice(checksumPrefix.length));
  if (!checksum) throw new S3Error("InvalidRequest", `The checksum ${name} is not known here`);
  return checksum;
}

function readMd5(header: string | undefined): Uint8Array | undefined {
  if (header === undefined) return undefined;
  const bytes = Buffer.from(header, "base64");
  if (bytes.length !== 16 || bytes.toString("base64") !== header.trim()) {
    throw new S3Error("InvalidDigest", "The Content-MD5 you specified is not valid.");
  }
  return bytes;
}
