import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { StatusError } from "../../src/idl/status.ts";
import type {
  BlobEntry,
  BlobInfo,
  BlobListing,
  BlobStore,
  ByteRange,
  ListOptions,
  PutOptions,
  SignedUrl,
} from "../../src/ports/blob-store.ts";

/** Objects in memory, for tests of what uses a blob store; signed URLs name the object and when they expire. */
export class MemoryBlobStore implements BlobStore {
  readonly objects = new Map<string, Uint8Array>();
  readonly infos = new Map<string, BlobInfo>();
  /** Put to be synced later, and not synced yet. */
  readonly unsynced = new Map<string, BlobInfo>();
  readonly #now: () => number;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  async put(uri: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<BlobInfo> {
    const pieces: Uint8Array[] = [];
    if (body instanceof Uint8Array) pieces.push(body);
    else for await (const piece of body) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    if (options.ifAbsent && this.objects.has(uri)) throw new StatusError("FAILED_PRECONDITION", `${uri} is there already`);
    const etag = createHash("md5").update(bytes).digest("hex");
    const info: BlobInfo = { uri, size: bytes.length, modifiedAt: this.#now(), etag, metadata: options.metadata ?? {} };
    this.objects.set(uri, bytes);
    this.infos.set(uri, info);
    if (options.isSyncedLater) this.unsynced.set(uri, info);
    else this.unsynced.delete(uri);
    return info;
  }

  async get(uri: string, range?: ByteRange): Promise<{ info: BlobInfo; body: AsyncIterable<Uint8Array> }> {
    const [bytes, info] = [this.objects.get(uri), this.infos.get(uri)];
    if (bytes === undefined || info === undefined) throw new StatusError("NOT_FOUND", `${uri} is not there`);
    const part = range ? bytes.subarray(range.first, range.last + 1) : bytes;
    return {
      info,
      body: (async function* () {
        yield part;
      })(),
    };
  }

  async head(uri: string): Promise<BlobInfo | undefined> {
    return this.infos.get(uri);
  }

  async find(prefix: string, names: readonly string[]): Promise<ReadonlyMap<string, BlobEntry>> {
    const infos = names.map((name) => [name, this.infos.get(`${prefix}/${name}`)] as const);
    return new Map(infos.flatMap(([name, info]) => (info ? [[name, info] as const] : [])));
  }

  async list(prefix: string, options: ListOptions = {}): Promise<BlobListing> {
    const items = [...this.infos.values()].filter((info) => info.uri.startsWith(prefix)).sort((a, b) => (a.uri < b.uri ? -1 : 1));
    return { items: items.slice(0, options.limit ?? 1000), prefixes: [] };
  }

  async delete(uri: string): Promise<void> {
    this.objects.delete(uri);
    this.infos.delete(uri);
  }

  async signUpload(uri: string, options: Parameters<BlobStore["signUpload"]>[1]): Promise<SignedUrl> {
    const headers = Object.fromEntries(Object.entries(options.metadata ?? {}).map(([key, value]) => [`x-amz-meta-${key}`, value]));
    if (options.contentMd5) headers["content-md5"] = Buffer.from(options.contentMd5).toString("base64");
    return { url: `memory:PUT:${uri}`, headers, expiresAt: this.#now() + options.expiresInSeconds * 1000 };
  }

  async signDownload(uri: string, options: { readonly expiresInSeconds: number }): Promise<SignedUrl> {
    return { url: `memory:GET:${uri}`, headers: {}, expiresAt: this.#now() + options.expiresInSeconds * 1000 };
  }

  async localPath(): Promise<undefined> {
    return undefined;
  }

  /** Slower than a commit. */
  async sync(uri: string): Promise<void> {
    const info = this.unsynced.get(uri);
    if (!info) return;
    for (let turn = 0; turn < 8; turn++) await setImmediate();
    if (this.unsynced.get(uri) === info) this.unsynced.delete(uri);
  }

  /** What was not durable yet is gone. */
  cutPower(): void {
    for (const uri of this.unsynced.keys()) {
      this.objects.delete(uri);
      this.infos.delete(uri);
    }
    this.unsynced.clear();
  }
}
