import { createHash } from "node:crypto";
import { sha256Hex, signText } from "./canonical-request.ts";
import { S3Error } from "./s3-error.ts";

/** What the signatures of a signed stream are chained from: the request's own, and what went into it. */
export interface ChunkSigning {
  readonly seed: string;
  readonly key: Uint8Array;
  readonly timestamp: string;
  readonly scope: string;
}

export interface AwsChunkedOptions {
  /** Every chunk must carry a signature. */
  readonly signing?: ChunkSigning;
  /** The trailer must carry one, too. */
  readonly signedTrailer?: boolean;
  /** Called once, at the end, by lower-case name. */
  readonly onTrailers?: (trailers: ReadonlyMap<string, string>) => void;
}

const longestLine = 4096;
const mostTrailers = 16;
const emptyHash = sha256Hex("");

/** Takes the content out of a body in `Content-Encoding: aws-chunked`. Throws SignatureDoesNotMatch, IncompleteBody, InvalidRequest. */
export async function* decodeAwsChunked(source: AsyncIterable<Uint8Array>, options: AwsChunkedOptions): AsyncGenerator<Uint8Array> {
  const input = new LineReader(source);
  const { signing } = options;
  let signature = signing?.seed ?? "";
  for (;;) {
    const [, hex = "", extension = ""] = /^([0-9a-fA-F]{1,13})(?:;(.*))?$/.exec(await input.line()) ?? [];
    if (hex === "") throw new S3Error("InvalidRequest", "The body is not aws-chunked");
    const size = Number.parseInt(hex, 16);
    const hash = signing ? createHash("sha256") : undefined;
    for await (const piece of input.take(size)) {
      hash?.update(piece);
      yield piece;
    }
    if (signing) {
      const text = ["AWS4-HMAC-SHA256-PAYLOAD", signing.timestamp, signing.scope, signature, emptyHash, hash?.digest("hex")].join("\n");
      signature = expectSignature(signText(text, signing.key), /^chunk-signature=([0-9a-f]{64})$/.exec(extension)?.[1]);
    }
    if (size === 0) break;
    if ((await input.line()) !== "") throw new S3Error("InvalidRequest", "A chunk is longer than it says");
  }
  const trailers = await readTrailers(input);
  if (signing && options.signedTrailer) {
    const given = trailers.get("x-amz-trailer-signature");
    trailers.delete("x-amz-trailer-signature");
    const hash = sha256Hex([...trailers].map(([name, value]) => `${name}:${value}\n`).join(""));
    expectSignature(
      signText(["AWS4-HMAC-SHA256-TRAILER", signing.timestamp, signing.scope, signature, hash].join("\n"), signing.key),
      given,
    );
  }
  options.onTrailers?.(trailers);
}

async function readTrailers(input: LineReader): Promise<Map<string, string>> {
  const trailers = new Map<string, string>();
  for (let count = 0; ; count++) {
    const line = await input.line(true);
    // Some clients leave the last empty line away; an end of the body counts as one.
    if (line === "") return trailers;
    const colon = line.indexOf(":");
    if (colon < 1 || count >= mostTrailers) throw new S3Error("InvalidRequest", "The trailer of the body is malformed");
    trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

function expectSignature(computed: string, given: string | undefined): string {
  // Chunk signatures depend on the content before them, so comparing them in plain gives nothing away that could be used again.
  if (computed !== given) throw new S3Error("SignatureDoesNotMatch", "The signature of a chunk does not match");
  return computed;
}

class LineReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to CR LF, which is taken as well. */
  async line(endAllowed = false): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf("\r\n");
      if (end > longestLine || (end < 0 && this.#rest.length > longestLine))
        throw new S3Error("InvalidRequest", "A line of the body is too long");
      if (end >= 0) {
        const line = this.#rest.toString("latin1", 0, end);
        this.#rest = this.#rest.subarray(end + 2);
        return line;
      }
      if (!(await this.#more())) {
        if (endAllowed && this.#rest.length === 0) return "";
        throw incomplete();
      }
    }
  }

  async *take(size: number): AsyncGenerator<Uint8Array> {
    for (let left = size; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) throw incomplete();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#rest =
      this.#rest.length === 0
        ? Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length)
        : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}

function incomplete(): S3Error {
  return new S3Error("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");
}
