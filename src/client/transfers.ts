import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { Agent, request } from "undici";
import type { Clock } from "../std/clock.ts";
import { systemClock } from "../std/clock.ts";
import { FlyteError } from "../std/errors.ts";
import type { Random } from "../std/random.ts";
import { systemRandom } from "../std/random.ts";
import { StatusError, hasStatus } from "../idl/status.ts";
import { localhostLookup } from "./localhost-lookup.ts";
import { networkReason } from "./network-reason.ts";
import { retryUnavailable } from "./retry.ts";

/** Bytes done so far, and all of them where that is known. */
export type OnProgress = (done: number, total: number | undefined) => void;

export interface TransferOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** Without any byte in either direction; default 60 s. */
  readonly idleTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface Upload {
  /** From CreateUploadLocation. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, or the path of a file. */
  readonly body: Uint8Array | { readonly file: string };
  /** 16 raw bytes. */
  readonly md5: Uint8Array;
}

const chunkSize = 256 << 10;

/**
 * PUTs to a signed URL with Content-Length, Content-MD5 and the headers that came with it. Tried again (four times in all)
 * when the store is busy or the connection breaks. FlyteError TRANSFER_FAILED; its text never holds the signature.
 */
export async function upload({ url, headers, body, md5 }: Upload, options: TransferOptions = {}): Promise<void> {
  const size = "file" in body ? (await stat(body.file)).size : body.length;
  await transfer("upload", url, options, async (agent) => {
    const answer = await request(url, {
      dispatcher: agent,
      method: "PUT",
      headers: { ...headers, "content-length": String(size), "content-md5": Buffer.from(md5).toString("base64") },
      body: Readable.from(
        counted("file" in body ? createReadStream(body.file, { highWaterMark: chunkSize }) : pieces(body), size, options.onProgress),
      ),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    if (answer.statusCode >= 300) throw await refusal("upload", url, answer.statusCode, answer.body);
    await answer.body.dump();
  });
}

/** GETs a signed URL whole; RESOURCE_EXHAUSTED beyond `limit` bytes. Errors as `upload`. */
export async function download(url: string, limit: number, options: TransferOptions = {}): Promise<Uint8Array> {
  return await transfer("download", url, options, async (agent) => {
    const answer = await request(url, { dispatcher: agent, method: "GET", ...(options.signal ? { signal: options.signal } : {}) });
    if (answer.statusCode !== 200) throw await refusal("download", url, answer.statusCode, answer.body);
    const length = answer.headers["content-length"];
    const total = length === undefined ? undefined : Number(length);
    const tooLarge = (): StatusError => new StatusError("RESOURCE_EXHAUSTED", `the object is larger than ${limit} bytes`);
    if (total !== undefined && total > limit) {
      answer.body.destroy();
      throw tooLarge();
    }
    const parts: Uint8Array[] = [];
    let done = 0;
    for await (const part of answer.body as AsyncIterable<Uint8Array>) {
      done += part.length;
      if (done > limit) throw tooLarge();
      parts.push(part);
      options.onProgress?.(done, total);
    }
    return Buffer.concat(parts);
  });
}

async function transfer<T>(what: string, url: string, options: TransferOptions, attempt: (agent: Agent) => Promise<T>): Promise<T> {
  const idle = options.idleTimeoutMs ?? 60_000;
  const agent = new Agent({ headersTimeout: idle, bodyTimeout: idle, connect: { timeout: 10_000, lookup: localhostLookup } });
  const tools = {
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  try {
    return await retryUnavailable(async () => {
      try {
        return await attempt(agent);
      } catch (error) {
        if (error instanceof FlyteError || error instanceof StatusError) throw error;
        if (options.signal?.aborted) throw new StatusError("CANCELLED", `the ${what} was cancelled`, [], error);
        throw new StatusError("UNAVAILABLE", networkReason(error), [], error);
      }
    }, tools);
  } catch (error) {
    throw hasStatus(error, "UNAVAILABLE") ? failure(what, url, error.message, error) : error;
  } finally {
    await agent.destroy();
  }
}

/** What an object store's answer says; UNAVAILABLE (tried again) when it may pass. */
async function refusal(
  what: string,
  url: string,
  status: number,
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
): Promise<Error> {
  let said = "";
  for await (const part of body) {
    said += Buffer.from(part).toString("utf8");
    if (said.length > 4096) break;
  }
  const xml = (tag: string): string | undefined => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(said)?.[1];
  const why = [`HTTP ${status}`, xml("Code"), xml("Message")].filter((part) => part !== undefined).join(" ");
  return status >= 500 || status === 429 ? new StatusError("UNAVAILABLE", why) : failure(what, url, why);
}

function failure(what: string, url: string, why: string, cause?: unknown): FlyteError {
  const { host, pathname } = new URL(url);
  return new FlyteError({
    code: "TRANSFER_FAILED",
    blame: "deployment",
    message: `the ${what} of ${pathname} at ${host} failed: ${why}`,
    hint: `check that ${host}, the deployment's object store, can be reached from here`,
    details: { host, path: pathname },
    cause,
  });
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
}

async function* counted(
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  total: number,
  onProgress?: OnProgress,
): AsyncGenerator<Uint8Array, void, undefined> {
  let done = 0;
  for await (const part of source) {
    yield part;
    done += part.length;
    onProgress?.(done, total);
  }
}
