export interface BucketInfo {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** Buckets, for stores that have their own; beside the BlobStore seam because only the S3 server asks. */
export interface BucketStore {
  /** In order of names. */
  listBuckets(): Promise<readonly BucketInfo[]>;
  headBucket(name: string): Promise<BucketInfo | undefined>;
  /** Fine when it exists. Malformed names: INVALID_ARGUMENT. */
  createBucket(name: string): Promise<void>;
}
