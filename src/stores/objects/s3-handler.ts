import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { hasStatus } from "../../idl/status.ts";
import { answerPreflight, crossOriginHeaders } from "./cross-origin.ts";
import { isKnownHost } from "./host-names.ts";
import { uploadsBucket } from "./multipart-uploads.ts";
import type { S3Context, S3Reply } from "./s3-context.ts";
import { S3Error, s3ErrorStatus } from "./s3-error.ts";
import { readS3Request, type S3Request } from "./s3-request.ts";
import { findRoute } from "./s3-routes.ts";
import { type Credentials, verifySignature } from "./verify-signature.ts";
import { element, plainDocument } from "./xml.ts";

export interface S3HandlerOptions extends S3Context {
  readonly credentials: readonly Credentials[];
  /** Names in Host headers besides those of the loopback interface. */
  readonly hosts?: readonly string[];
  /** `http://localhost:30080`: pages that may use signed URLs, besides the server's own origin. */
  readonly origins?: readonly string[];
  /** Told of every request that failed through no fault of the client. */
  readonly onError?: (error: unknown) => void;
}

/** Answers one request; never throws. `awaitsContinue` says that the client has not sent its body yet (the server's `checkContinue`). */
export type S3Handler = (http: IncomingMessage, response: ServerResponse, awaitsContinue?: boolean) => Promise<void>;

const largestRefusedBody = 8 << 20;

/** S3's protocol over a BlobStore: path style, everything signed. */
export function createS3Handler(options: S3HandlerOptions): S3Handler {
  return async (http, response, awaitsContinue = false) => {
    const requestId = Buffer.from(options.random.bytes(8)).toString("hex").toUpperCase();
    const common: Record<string, string> = { "x-amz-request-id": requestId, "x-content-type-options": "nosniff" };
    const respond = (reply: S3Reply): Promise<void> =>
      send(http, response, { ...reply, headers: { ...common, ...reply.headers } }, awaitsContinue && !http.readableDidRead);
    try {
      await respond(await answer(options, http, common, awaitsContinue ? response : undefined));
    } catch (thrown) {
      if (!(thrown instanceof S3Error) && !http.destroyed && !response.destroyed) options.onError?.(thrown);
      if (response.headersSent) response.destroy();
      else await respond(errorReply(thrown, http.url ?? "", requestId)).catch(() => response.destroy());
    }
  };
}

async function answer(
  options: S3HandlerOptions,
  http: IncomingMessage,
  common: Record<string, string>,
  awaitsContinue: ServerResponse | undefined,
): Promise<S3Reply> {
  if (!isKnownHost(http.headers.host, options.hosts ?? [])) {
    throw new S3Error("AccessDenied", `The host name ${JSON.stringify(http.headers.host ?? "")} is not one of this server's`);
  }
  const request: S3Request = readS3Request(http);
  if (request.method === "OPTIONS") {
    const reply = answerPreflight(request, options.origins ?? []);
    return { ...reply, headers: { ...reply.headers, ...crossOriginHeaders(request, options.origins ?? []) } };
  }
  // Errors carry them as well, or a page could not tell what was refused.
  Object.assign(common, crossOriginHeaders(request, options.origins ?? []));
  const authentication = verifySignature(request, options.credentials, options.clock.now());
  if (request.bucket === uploadsBucket) throw new S3Error("AccessDenied", "This bucket holds parts of uploads");
  const handle = findRoute(request);
  return handle({ request, authentication, context: options, ...(awaitsContinue ? { awaitsContinue } : {}) });
}

async function send(http: IncomingMessage, response: ServerResponse, reply: S3Reply, bodyHeldBack: boolean): Promise<void> {
  const text = typeof reply.body === "string" ? Buffer.from(reply.body) : undefined;
  if (bodyHeldBack) response.setHeader("connection", "close");
  else if (!http.complete) await discardBody(http, response);
  if (response.destroyed) return;
  response.writeHead(reply.status, { ...reply.headers, ...(text ? { "content-length": String(text.length) } : {}) });
  if (reply.body === undefined || text || http.method === "HEAD") response.end(http.method === "HEAD" ? undefined : text);
  else await pipeline(Readable.from(reply.body as AsyncIterable<Uint8Array>, { objectMode: false }), response);
}

/** A client that is still sending reads no answer, so a body of a bearable size is taken off its hands first. */
async function discardBody(http: IncomingMessage, response: ServerResponse): Promise<void> {
  const declared = Number(http.headers["content-length"] ?? 0);
  if (!(declared <= largestRefusedBody)) {
    response.setHeader("connection", "close");
    return;
  }
  let discarded = 0;
  for await (const piece of http.iterator({ destroyOnReturn: false })) {
    discarded += (piece as Buffer).length;
    if (discarded <= largestRefusedBody) continue;
    response.setHeader("connection", "close");
    return;
  }
}

function errorReply(thrown: unknown, resource: string, requestId: string): S3Reply {
  const error = s3ErrorOf(thrown);
  const [path = ""] = resource.split("?");
  const body = [element("Code", error.code), element("Message", error.message), element("Resource", path), element("RequestId", requestId)];
  return {
    status: s3ErrorStatus[error.code],
    headers: { "content-type": "application/xml", ...error.headers },
    body: plainDocument("Error", body),
  };
}

function s3ErrorOf(thrown: unknown): S3Error {
  if (thrown instanceof S3Error) return thrown;
  if (hasStatus(thrown, "NOT_FOUND")) return new S3Error("NoSuchKey", "The specified key does not exist.");
  if (hasStatus(thrown, "INVALID_ARGUMENT", "OUT_OF_RANGE")) return new S3Error("InvalidArgument", thrown.message);
  if (hasStatus(thrown, "RESOURCE_EXHAUSTED")) return new S3Error("InsufficientStorage", thrown.message);
  return new S3Error("InternalError", "We encountered an internal error. Please try again.");
}
