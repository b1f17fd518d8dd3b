import { createHash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { StatusError } from "../../idl/status.ts";
import type { BlobEntry, BlobInfo, BlobListing, BlobStore, ByteRange, ListOptions, PutOptions, SignedUrl } from "../../ports/blob-store.ts";
import type { Clock } from "../../std/clock.ts";
import type { Signer } from "../objects/presign-url.ts";
import { signDownloadUrl, signUploadUrl, type UploadTerms } from "../objects/signed-urls.ts";
import { parseKeyedUri } from "../objects/object-uri.ts";
import { bodyParts } from "./body-parts.ts";
import type * as Sdk from "./s3-client.ts";
import { httpStatusOf, s3Failure } from "./s3-failure.ts";
import { listS3, unquoted } from "./s3-listing.ts";

export interface S3BlobStoreOptions {
  /** Where the engine reaches the store: `http://minio:9000`; absent for AWS's own address in the region. */
  readonly endpoint?: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  /** Where clients reach it: signed URLs name it. Default: the engine's. */
  readonly clientEndpoint?: string;
  /** Bytes of a part of a large object, of which some are in memory; 5 MiB at least. Default: 16 MiB. */
  readonly partSize?: number;
  readonly clock: Clock;
}

export interface S3BlobStore extends BlobStore {
  close(): Promise<void>;
}

/** S3 takes 5 MiB at least, and 10,000 parts. */
const usualPartSize = 16 << 20;
/** Read whole at once, so that no connection waits for a reader. */
const smallObject = 4 << 20;
const connectTimeoutMs = 5_000;
/** Without a byte in either direction. */
const idleTimeoutMs = 60_000;
const attempts = 4;

/** Objects in S3 or what speaks its protocol, addressed path style. What it refuses or does not answer: see s3Failure. */
export async function openS3BlobStore(options: S3BlobStoreOptions): Promise<S3BlobStore> {
  const sdk = await import("./s3-client.ts");
  const client = new sdk.S3Client({
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    region: options.region,
    credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
    forcePathStyle: true,
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: connectTimeoutMs, socketTimeout: idleTimeoutMs, throwOnRequestTimeout: true },
    // Checksums beside S3's oldest ones are unknown to some servers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const endpoint = options.clientEndpoint ?? options.endpoint ?? `https://s3.${options.region}.amazonaws.com`;
  return new S3Objects(sdk, client, { ...options, endpoint }, options);
}

class S3Objects implements S3BlobStore {
  readonly #sdk: typeof Sdk;
  readonly #client: S3Client;
  readonly #signer: Signer;
  readonly #clock: Clock;
  readonly #partSize: number;

  constructor(sdk: typeof Sdk, client: S3Client, signer: Signer, options: S3BlobStoreOptions) {
    this.#sdk = sdk;
    this.#client = client;
    this.#signer = signer;
    this.#clock = options.clock;
    this.#partSize = options.partSize ?? usualPartSize;
  }

  async put(uri: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<BlobInfo> {
    const { bucket: Bucket, key: Key } = parseKeyedUri(uri);
    const parts = bodyParts(body, this.#partSize);
    const first = (await parts.next()).value ?? new Uint8Array(0);
    const second = await parts.next();
    const headers = {
      ...(options.contentType !== undefined && { ContentType: options.contentType }),
      Metadata: Object.fromEntries(Object.entries(options.metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    };
    const condition = options.ifAbsent ? { IfNoneMatch: "*" } : {};
    const stored = (size: number, etag: string | undefined): BlobInfo => ({
      uri,
      size,
      modifiedAt: this.#clock.now(),
      etag: unquoted(etag),
      ...(options.contentType !== undefined && { contentType: options.contentType }),
      metadata: headers.Metadata,
    });
    return await failing(uri, async () => {
      if (second.done) {
        const ContentMD5 = options.contentMd5 && Buffer.from(options.contentMd5).toString("base64");
        const command = new this.#sdk.PutObjectCommand({
          Bucket,
          Key,
          Body: first,
          ...headers,
          ...condition,
          ...(ContentMD5 && { ContentMD5 }),
        });
        return stored(first.length, (await this.#client.send(command)).ETag);
      }
      const { UploadId } = await this.#client.send(new this.#sdk.CreateMultipartUploadCommand({ Bucket, Key, ...headers }));
      const upload = { Bucket, Key, UploadId };
      try {
        const hash = createHash("md5");
        const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
        let size = 0;
        const send = async (Body: Uint8Array): Promise<void> => {
          hash.update(Body);
          size += Body.length;
          const PartNumber = Parts.length + 1;
          const { ETag } = await this.#client.send(new this.#sdk.UploadPartCommand({ ...upload, PartNumber, Body }));
          Parts.push({ PartNumber, ETag });
        };
        await send(first);
        await send(second.value);
        for await (const part of parts) await send(part);
        if (options.contentMd5 && !hash.digest().equals(options.contentMd5))
          throw new StatusError("INVALID_ARGUMENT", `what was sent for ${uri} has another MD5 than it was said to have`);
        const complete = new this.#sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...condition });
        return stored(size, (await this.#client.send(complete)).ETag);
      } catch (thrown) {
        await this.#client.send(new this.#sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
        throw thrown;
      }
    });
  }

  async get(uri: string, range?: ByteRange): Promise<{ info: BlobInfo; body: AsyncIterable<Uint8Array> }> {
    const { bucket: Bucket, key: Key } = parseKeyedUri(uri);
    if (range && (range.first < 0 || range.last < range.first))
      throw new StatusError("OUT_OF_RANGE", `${uri} has no bytes from ${range.first} to ${range.last}`);
    return await failing(uri, async () => {
      const Range = range && `bytes=${range.first}-${range.last}`;
      const reply = await this.#client.send(new this.#sdk.GetObjectCommand({ Bucket, Key, ...(Range && { Range }) }));
      const total = /\/(\d+)$/.exec(reply.ContentRange ?? "")?.[1];
      const info = infoOf(uri, { ...reply, ContentLength: total === undefined ? reply.ContentLength : Number(total) });
      if (!reply.Body) return { info, body: only(new Uint8Array(0)) };
      if ((reply.ContentLength ?? Infinity) <= smallObject) return { info, body: only(await reply.Body.transformToByteArray()) };
      // On Node it is an IncomingMessage.
      return { info, body: streamed(uri, reply.Body as unknown as AsyncIterable<Uint8Array>) };
    });
  }

  async head(uri: string): Promise<BlobInfo | undefined> {
    const { bucket: Bucket, key: Key } = parseKeyedUri(uri);
    return await failing(uri, async () => {
      try {
        return infoOf(uri, await this.#client.send(new this.#sdk.HeadObjectCommand({ Bucket, Key })));
      } catch (thrown) {
        if (httpStatusOf(thrown) === 404) return undefined;
        throw thrown;
      }
    });
  }

  async find(prefix: string, names: readonly string[]): Promise<ReadonlyMap<string, BlobEntry>> {
    const { items, next } = await this.list(`${prefix}/`, { delimiter: "/" });
    const listed = new Map(items.map((item) => [item.uri.slice(prefix.length + 1), item]));
    const found = new Map<string, BlobEntry>();
    // What a listing of many objects did not come to is asked for by itself.
    const entries = names.map(async (name) => [name, listed.get(name) ?? (next && (await this.head(`${prefix}/${name}`)))] as const);
    for (const [name, entry] of await Promise.all(entries)) if (entry) found.set(name, entry);
    return found;
  }

  async list(prefix: string, options: ListOptions = {}): Promise<BlobListing> {
    return await failing(prefix, () => listS3(this.#sdk, this.#client, prefix, options));
  }

  async delete(uri: string): Promise<void> {
    const { bucket: Bucket, key: Key } = parseKeyedUri(uri);
    await failing(uri, () => this.#client.send(new this.#sdk.DeleteObjectCommand({ Bucket, Key })));
  }

  async signUpload(uri: string, terms: UploadTerms): Promise<SignedUrl> {
    const { bucket, key } = parseKeyedUri(uri);
    return signUploadUrl(this.#signer, bucket, key, terms, this.#clock.now());
  }

  async signDownload(uri: string, terms: { readonly expiresInSeconds: number }): Promise<SignedUrl> {
    const { bucket, key } = parseKeyedUri(uri);
    return signDownloadUrl(this.#signer, bucket, key, terms.expiresInSeconds, this.#clock.now());
  }

  async localPath(): Promise<undefined> {
    return undefined;
  }

  async sync(): Promise<void> {}

  async close(): Promise<void> {
    this.#client.destroy();
  }
}

interface ObjectReply {
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}

/** What S3 says of an object that was put without a type. */
const untyped = ["binary/octet-stream", "application/octet-stream"];

function infoOf(uri: string, reply: ObjectReply): BlobInfo {
  const { ContentType: contentType } = reply;
  return {
    uri,
    size: reply.ContentLength ?? 0,
    modifiedAt: reply.LastModified?.getTime() ?? 0,
    etag: unquoted(reply.ETag),
    ...(contentType !== undefined && !untyped.includes(contentType) && { contentType }),
    metadata: reply.Metadata ?? {},
  };
}

async function failing<T>(uri: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw httpStatusOf(thrown) === undefined && !isFailedCall(thrown) ? thrown : s3Failure(uri, thrown);
  }
}

/** Whether a call got no answer, rather than the body's own sender failing. */
function isFailedCall(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return thrown.name === "TimeoutError" || "$metadata" in thrown || ("code" in thrown && typeof thrown.code === "string");
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* streamed(uri: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (thrown) {
    throw s3Failure(uri, thrown);
  }
}
