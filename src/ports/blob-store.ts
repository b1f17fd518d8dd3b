/** What a listing says of a stored object. `uri` is `s3://bucket/key`. */
export interface BlobEntry {
  readonly uri: string;
  readonly size: number;
  /** Epoch milliseconds; some stores know no more than the second. */
  readonly modifiedAt: number;
  /** Without quotes; the hex MD5 for objects put in one piece. */
  readonly etag: string;
}

/** What is known of a stored object. */
export interface BlobInfo extends BlobEntry {
  readonly contentType?: string;
  /** User metadata, keys in lower case without the x-amz-meta- prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface PutOptions {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** 16 raw bytes; a body that differs is refused and nothing is stored (INVALID_ARGUMENT). */
  readonly contentMd5?: Uint8Array;
  /** Refuses to replace (FAILED_PRECONDITION). */
  readonly ifAbsent?: boolean;
  /**
   * Who puts it does so again before anyone reads it, unless told that it is durable. That is faster: readers see the old
   * object or the new one as ever, but a power cut before the answer may leave neither whole.
   */
  readonly isPutAgain?: boolean;
  /** With isPutAgain: resolves when readers see the object; it is durable once a `sync` of it that was asked for afterwards resolves. */
  readonly isSyncedLater?: boolean;
}

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

export interface ListOptions {
  /** Keys that contain it after the prefix are rolled up into `prefixes`. */
  readonly delimiter?: string;
  /** A key, without `s3://bucket/`. */
  readonly startAfter?: string;
  /** At most 1000. */
  readonly limit?: number;
}

export interface BlobListing {
  readonly items: readonly BlobEntry[];
  /** URIs, ending with the delimiter. */
  readonly prefixes: readonly string[];
  /** The `startAfter` of the next page. */
  readonly next?: string;
}

export interface SignedUrl {
  readonly url: string;
  /** What the sender must send along. */
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Objects by URI. Absent objects: StatusError NOT_FOUND, except from `head`. Malformed URIs: INVALID_ARGUMENT. */
export interface BlobStore {
  /** Resolves when the object is durable and whole under its name; readers see the old object or the new one. */
  put(uri: string, body: Uint8Array | AsyncIterable<Uint8Array>, options?: PutOptions): Promise<BlobInfo>;
  get(uri: string, range?: ByteRange): Promise<{ readonly info: BlobInfo; readonly body: AsyncIterable<Uint8Array> }>;
  head(uri: string): Promise<BlobInfo | undefined>;
  /** Those of the objects `<prefix>/<name>` that are there, by name: one look at all of them. Names hold no slash. */
  find(prefix: string, names: readonly string[]): Promise<ReadonlyMap<string, BlobEntry>>;
  /** In order of the UTF-8 bytes of the keys. */
  list(prefix: string, options?: ListOptions): Promise<BlobListing>;
  /** Absent objects are fine. */
  delete(uri: string): Promise<void>;
  /** A URL that accepts one PUT, for clients. */
  signUpload(
    uri: string,
    options: { readonly expiresInSeconds: number; readonly contentMd5?: Uint8Array; readonly metadata?: Readonly<Record<string, string>> },
  ): Promise<SignedUrl>;
  signDownload(uri: string, options: { readonly expiresInSeconds: number }): Promise<SignedUrl>;
  /** The absolute path where a process of this machine may read or write the object (or, for a prefix, create files); undefined where there is none. Parent directories exist on return. */
  localPath(uri: string): Promise<string | undefined>;
  /** Makes durable what a process left at `localPath(uri)`, or what was put to be synced later; nothing to do elsewhere. Absent objects are fine. */
  sync(uri: string): Promise<void>;
}
