import type { BlobStore } from "../../ports/blob-store.ts";
import type { Clock } from "../../std/clock.ts";
import type { Random } from "../../std/random.ts";
import type { BucketStore } from "./bucket-store.ts";
import type { MultipartUploads } from "./multipart-uploads.ts";
import type { BodySource } from "./request-body.ts";
import type { S3Request } from "./s3-request.ts";

/** What the routes work with. */
export interface S3Context {
  readonly blobs: BlobStore & BucketStore;
  readonly uploads: MultipartUploads;
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** A request that has been let in. */
export interface S3Call extends BodySource {
  readonly request: S3Request;
  readonly context: S3Context;
}

export interface S3Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** XML, or the bytes of an object, whose Content-Length is in the headers. */
  readonly body?: string | AsyncIterable<Uint8Array>;
}

export function xmlReply(body: string, headers: Readonly<Record<string, string>> = {}): S3Reply {
  return { status: 200, headers: { "content-type": "application/xml", ...headers }, body };
}
