import { closeSync, mkdirSync, readdirSync, readSync, realpathSync, renameSync, rmSync, unlinkSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { StatusError } from "../../idl/status.ts";
import type { BlobInfo, BlobListing, BlobStore, ByteRange, ListOptions, PutOptions, SignedUrl } from "../../ports/blob-store.ts";
import type { Clock } from "../../std/clock.ts";
import type { Random } from "../../std/random.ts";
import type { BucketInfo, BucketStore } from "./bucket-store.ts";
import type { Signer } from "./presign-url.ts";
import { signDownloadUrl, signUploadUrl, type UploadTerms } from "./signed-urls.ts";
import { DurableDirectories, hasCode, isOwnPath, stateOf, syncPath, syncTree } from "./durable-files.ts";
import { FileBody } from "./file-body.ts";
import { type IncomingFile, receiveFile } from "./incoming-file.ts";
import { besideOf, keyPath } from "./key-path.ts";
import { listPage } from "./list-page.ts";
import { needsNoRecord, objectInfo } from "./object-info.ts";
import { type FileIdentity, type ObjectRecord, ObjectRecords } from "./object-records.ts";
import { isBucketName, objectUri, parseKeyedUri, parseObjectUri } from "./object-uri.ts";
import { findFile, openPlacedFile, type PlacedFile, type Places, placesOf } from "./placed-file.ts";
import { openStagingDirectory } from "./staging-directory.ts";
import { walkKeys } from "./walk-keys.ts";

export interface FileBlobStoreOptions {
  /** Made when missing. One subdirectory for every bucket, and `.flyte` for what is not an object. */
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Made when missing. */
  readonly buckets?: readonly string[];
  /** Without it URLs cannot be signed (FAILED_PRECONDITION). */
  readonly clientSigner?: Signer;
}

export interface FileBlobStore extends BlobStore, BucketStore {
  /** Removes this process's staging directory; puts in flight fail. */
  close(): Promise<void>;
}

const smallObject = 64 * 1024;
const mostDurable = 5_000;

/**
 * Objects as files. A put is written aside, made durable and renamed into place, so that a crash at any moment leaves the old object or the new
 * one. Other processes may write files straight into the directories (see localPath): they are objects from the moment they have their name.
 */
export async function openFileBlobStore(options: FileBlobStoreOptions): Promise<FileBlobStore> {
  mkdirSync(options.directory, { recursive: true });
  const store = new Files(realpathSync.native(options.directory), options);
  for (const bucket of options.buckets ?? []) await store.createBucket(bucket);
  return store;
}

class Files implements FileBlobStore {
  readonly #root: string;
  readonly #options: FileBlobStoreOptions;
  readonly #staging: string;
  readonly #records: ObjectRecords;
  readonly #directories: DurableDirectories;
  /** Files that a put has made durable, and their names, by path, with what is known of the object. */
  readonly #durable = new Map<string, FileIdentity & { readonly record: ObjectRecord }>();
  /** Files that a put has left to be synced, by the plain path of their objects. */
  readonly #unsynced = new Map<string, { readonly path: string; readonly file: FileIdentity; readonly record: ObjectRecord }>();
  #lastTime = 0;
  #staged = 0;

  constructor(root: string, options: FileBlobStoreOptions) {
    this.#root = root;
    this.#options = options;
    this.#staging = openStagingDirectory(join(root, ".flyte", "staging"), options.random);
    this.#records = new ObjectRecords(join(root, ".flyte", "records"));
    this.#directories = new DurableDirectories(root);
  }

  async put(uri: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<BlobInfo> {
    const { bucket, key } = parseKeyedUri(uri);
    const places = this.#places(bucket, key);
    const staged = `${this.#staging}/put-${this.#staged++}`;
    if (options.ifAbsent) refuseReplacing(places, uri);
    if (options.isPutAgain && body instanceof Uint8Array && isPlainPut(body, options)) {
      const info = await this.#putAtOnce(uri, places, staged, body, options.isSyncedLater ?? false);
      if (info) return info;
    }
    // Beside the body's own way to the disk, when nothing can be wrong with it. A failure is met again in #place.
    if (body instanceof Uint8Array && options.contentMd5 === undefined) this.#makeDirectory(places.directory).catch(() => undefined);
    const incoming = await receiveFile(staged, body, this.#nextTime(), options.contentMd5);
    const { contentType, metadata = {} } = options;
    const record: ObjectRecord = {
      etag: Buffer.from(incoming.md5).toString("hex"),
      ...(contentType === undefined ? {} : { contentType }),
      metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value])),
    };
    try {
      if (!needsNoRecord(incoming, record)) await this.#records.write(bucket, key, incoming, record);
      await this.#place(uri, places, incoming, record, options.ifAbsent ?? false);
    } catch (thrown) {
      rmSync(staged, { force: true });
      this.#records.remove(bucket, key, incoming);
      throw understandable(thrown);
    }
    return objectInfo(uri, incoming, record, undefined);
  }

  /** The file gets its name first, and all is made durable together. Undefined where that is not so simple; nothing is left then. */
  async #putAtOnce(uri: string, places: Places, staged: string, body: Uint8Array, isSyncedLater: boolean): Promise<BlobInfo | undefined> {
    const incoming = await receiveFile(staged, body, this.#nextTime(), undefined, true);
    const record: ObjectRecord = { etag: Buffer.from(incoming.md5).toString("hex"), metadata: {} };
    try {
      this.#directories.makeUnsynced(places.directory, clearPath);
      const path = this.#moveIn(uri, places, incoming.path);
      if (isSyncedLater) remember(this.#unsynced, places.plain, { path, file: incoming, record });
      else await Promise.all([syncPath(path), this.#directories.syncNames(places.directory, true)]);
    } catch (thrown) {
      rmSync(staged, { force: true });
      if (!hasCode(thrown, "ENOENT", "ENOTDIR")) throw understandable(thrown);
      this.#directories.forget();
      return undefined;
    }
    if (!isSyncedLater) this.#rememberDurable(places, incoming, record);
    return objectInfo(uri, incoming, record, undefined);
  }

  async get(uri: string, range?: ByteRange): Promise<{ info: BlobInfo; body: AsyncIterable<Uint8Array> }> {
    const { bucket, key } = parseKeyedUri(uri);
    // Looked for twice: between the looks at its two places an object may have moved from the second to the first.
    const places = this.#places(bucket, key);
    const found = openPlacedFile(places) ?? openPlacedFile(places);
    if (!found) throw new StatusError("NOT_FOUND", `there is no object ${uri}`);
    let owned = true;
    try {
      const info = objectInfo(uri, found, this.#recordOf(bucket, key, found), found.file);
      const first = range?.first ?? 0;
      const end = range ? Math.min(range.last + 1, info.size) : info.size;
      if (range && (first < 0 || first >= end)) {
        throw new StatusError("OUT_OF_RANGE", `${uri} has ${info.size} bytes, none from ${range.first} to ${range.last}`);
      }
      if (end - first > smallObject) {
        owned = false;
        return { info, body: new FileBody(found.file, first, end) };
      }
      const bytes = Buffer.allocUnsafe(end - first);
      let filled = 0;
      for (let read = -1; filled < bytes.length && read !== 0; filled += read) {
        read = readSync(found.file, bytes, filled, bytes.length - filled, first + filled);
      }
      return { info, body: onePiece(bytes.subarray(0, filled)) };
    } finally {
      if (owned) closeSync(found.file);
    }
  }

  async head(uri: string): Promise<BlobInfo | undefined> {
    const { bucket, key } = parseKeyedUri(uri);
    return this.#info(bucket, key);
  }

  async find(prefix: string, names: readonly string[]): Promise<ReadonlyMap<string, BlobInfo>> {
    const { bucket, key } = parseKeyedUri(prefix);
    const { directory } = this.#places(bucket, `${key}/`);
    const there = new Set(namesIn(directory));
    const found = new Map<string, BlobInfo>();
    for (const name of names) {
      const path = keyPath(name);
      if (path.directories.length === 0 && !there.has(path.name) && !there.has(path.beside)) continue;
      const info = this.#info(bucket, `${key}/${name}`);
      if (info) found.set(name, info);
    }
    return found;
  }

  async list(prefix: string, options: ListOptions = {}): Promise<BlobListing> {
    const { bucket, key } = parseObjectUri(prefix);
    const { delimiter, startAfter } = options;
    const page = await listPage((walk) => walkKeys(join(this.#root, bucket), walk), {
      prefix: key,
      limit: Math.min(Math.max(options.limit ?? 1000, 1), 1000),
      ...(delimiter ? { delimiter } : {}),
      ...(startAfter === undefined ? {} : { startAfter }),
    });
    const items: BlobInfo[] = [];
    for (const [index, item] of page.keys.entries()) {
      if (index % 64 === 63) await setImmediate();
      const info = this.#info(bucket, item);
      if (info) items.push(info);
    }
    return {
      items,
      prefixes: page.prefixes.map((rolled) => objectUri(bucket, rolled)),
      ...(page.next === undefined ? {} : { next: page.next }),
    };
  }

  async delete(uri: string): Promise<void> {
    const { bucket, key } = parseKeyedUri(uri);
    const places = this.#places(bucket, key);
    let removed = false;
    // The older one first: a crash in between must not bring it back.
    for (const path of [places.beside, places.plain]) {
      const found = findFile({ ...places, plain: path, beside: path });
      if (!found) continue;
      unlinkSync(path);
      this.#records.remove(bucket, key, found);
      removed = true;
    }
    if (removed) await syncPath(places.directory);
  }

  async signUpload(uri: string, terms: UploadTerms): Promise<SignedUrl> {
    const { bucket, key } = parseKeyedUri(uri);
    return signUploadUrl(this.#signer(), bucket, key, terms, this.#options.clock.now());
  }

  async signDownload(uri: string, terms: { readonly expiresInSeconds: number }): Promise<SignedUrl> {
    const { bucket, key } = parseKeyedUri(uri);
    return signDownloadUrl(this.#signer(), bucket, key, terms.expiresInSeconds, this.#options.clock.now());
  }

  async localPath(uri: string): Promise<string> {
    const { bucket, key } = parseObjectUri(uri);
    const places = this.#places(bucket, key);
    await this.#makeDirectory(places.directory);
    // A prefix that ends with a slash, or a whole bucket, is a directory.
    if (key === "" || key.endsWith("/")) return places.directory;
    if (!stateOf(places.plain)?.isFile() && stateOf(places.beside)?.isFile()) return places.beside;
    return places.plain;
  }

  async sync(uri: string): Promise<void> {
    const { bucket, key } = parseObjectUri(uri);
    const places = this.#places(bucket, key);
    if (await this.#syncOwn(places)) return;
    const found = key === "" ? undefined : findFile(places);
    if (found && this.#ownRecord(found)) return;
    const prefix = key === "" || key.endsWith("/") ? places.directory : places.plain;
    await Promise.all([
      ...(found ? [syncPath(found.path)] : []),
      ...(stateOf(prefix)?.isDirectory() ? [syncTree(prefix)] : []),
      this.#directories.syncNames(places.directory),
    ]);
  }

  async listBuckets(): Promise<BucketInfo[]> {
    const names = (await readdir(this.#root)).filter(isBucketName).sort();
    const buckets = await Promise.all(names.map((name) => this.headBucket(name)));
    return buckets.filter((bucket) => bucket !== undefined);
  }

  async headBucket(name: string): Promise<BucketInfo | undefined> {
    const state = isBucketName(name) ? stateOf(join(this.#root, name)) : undefined;
    return state?.isDirectory() ? { name, createdAt: Number(state.birthtimeNs / 1_000_000n) } : undefined;
  }

  async createBucket(name: string): Promise<void> {
    const { bucket } = parseObjectUri(objectUri(name, ""));
    await this.#makeDirectory(join(this.#root, bucket));
  }

  async close(): Promise<void> {
    rmSync(this.#staging, { recursive: true, force: true });
  }

  /** Makes durable what was put to be synced later. False when there is no such file, or it is not where it was put. */
  async #syncOwn(places: Places): Promise<boolean> {
    const own = this.#unsynced.get(places.plain);
    if (!own) return false;
    try {
      await Promise.all([syncPath(own.path), this.#directories.syncNames(places.directory, true)]);
    } catch (thrown) {
      if (!hasCode(thrown, "ENOENT", "ENOTDIR")) throw understandable(thrown);
      this.#directories.forget();
      return false;
    } finally {
      if (this.#unsynced.get(places.plain) === own) this.#unsynced.delete(places.plain);
    }
    this.#rememberDurable(places, own.file, own.record);
    return true;
  }

  /** Gives a staged file its name, and makes that durable. */
  async #place(uri: string, places: Places, incoming: IncomingFile, record: ObjectRecord, ifAbsent: boolean): Promise<void> {
    for (let tries = 0; ; tries++) {
      await this.#makeDirectory(places.directory);
      try {
        // From here to the end of moveIn nothing else of this process runs.
        if (ifAbsent) refuseReplacing(places, uri);
        this.#moveIn(uri, places, incoming.path);
        break;
      } catch (thrown) {
        if (!hasCode(thrown, "ENOENT", "ENOTDIR") || tries > 3) throw thrown;
        this.#directories.forget();
      }
    }
    await this.#directories.syncNames(places.directory);
    this.#rememberDurable(places, incoming, record);
  }

  #rememberDurable({ plain }: Places, { size, mtimeNs }: FileIdentity, record: ObjectRecord): void {
    remember(this.#durable, plain, { size, mtimeNs, record });
  }

  /** Returns where the file is now. */
  #moveIn(uri: string, places: Places, staged: string): string {
    if (!isOwnPath(places.directory) && stateOf(places.directory))
      throw new StatusError("FAILED_PRECONDITION", `there is a symbolic link on the way to ${uri}`);
    const [plain, beside] = [stateOf(places.plain), stateOf(places.beside)];
    const old = [plain, beside].find((state) => state?.isFile());
    let path = places.plain;
    try {
      renameSync(staged, path);
      if (beside) rmSync(places.beside, { force: true });
    } catch (thrown) {
      if (!hasCode(thrown, "EISDIR", "EEXIST", "ENOTEMPTY")) throw thrown;
      path = places.beside;
      renameSync(staged, path);
    }
    if (old) {
      const { bucket, key } = parseKeyedUri(uri);
      this.#records.remove(bucket, key, old);
    }
    return path;
  }

  async #makeDirectory(directory: string): Promise<void> {
    try {
      await this.#directories.make(directory, clearPath);
    } catch (thrown) {
      throw understandable(thrown);
    }
  }

  #info(bucket: string, key: string): BlobInfo | undefined {
    const places = this.#places(bucket, key);
    const found: PlacedFile | undefined = findFile(places) ?? findFile(places);
    return found && objectInfo(objectUri(bucket, key), found, this.#recordOf(bucket, key, found), found.path);
  }

  #recordOf(bucket: string, key: string, found: PlacedFile): ObjectRecord | undefined {
    return this.#ownRecord(found) ?? this.#records.read(bucket, key, found);
  }

  /** Of a file that was put by this process and is what it was then. */
  #ownRecord(found: PlacedFile): ObjectRecord | undefined {
    const own = this.#durable.get(found.path);
    return own && own.size === found.size && own.mtimeNs === found.mtimeNs ? own.record : undefined;
  }

  #places(bucket: string, key: string): Places {
    return placesOf(join(this.#root, bucket), key);
  }

  #signer(): Signer {
    if (this.#options.clientSigner) return this.#options.clientSigner;
    throw new StatusError("FAILED_PRECONDITION", "this object store has no address for clients, so it cannot sign URLs");
  }

  /** Never the same twice, in steps of microseconds: with the size it identifies a file. */
  #nextTime(): number {
    this.#lastTime = Math.max(this.#options.clock.now(), this.#lastTime + 0.001);
    return this.#lastTime;
  }
}

/** A file in the way is the object `a` of a key `a/b`: it goes to its other name, which readers try next. */
function clearPath(path: string): void {
  if (stateOf(path)?.isFile()) renameSync(path, join(dirname(path), besideOf(basename(path))));
}

function isPlainPut(body: Uint8Array, { contentType, metadata = {}, contentMd5, ifAbsent }: PutOptions): boolean {
  const record: ObjectRecord = { etag: "", metadata, ...(contentType === undefined ? {} : { contentType }) };
  return contentMd5 === undefined && !ifAbsent && needsNoRecord({ size: BigInt(body.length), mtimeNs: 0n }, record);
}

function remember<T>(files: Map<string, T>, path: string, known: T): void {
  files.set(path, known);
  if (files.size > mostDurable) files.delete(files.keys().next().value ?? "");
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return [];
    throw thrown;
  }
}

function refuseReplacing(places: Places, uri: string): void {
  if (findFile(places)) throw new StatusError("FAILED_PRECONDITION", `there is an object ${uri} already`);
}

function understandable(thrown: unknown): unknown {
  if (hasCode(thrown, "ENAMETOOLONG"))
    return new StatusError("INVALID_ARGUMENT", "the key is too long for this machine's file system", [], thrown);
  if (hasCode(thrown, "ENOSPC", "EDQUOT")) return new StatusError("RESOURCE_EXHAUSTED", "the disk of the object store is full", [], thrown);
  return thrown;
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
