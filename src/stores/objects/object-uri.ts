import { StatusError } from "../../idl/status.ts";

/** An object's address in two parts. An empty key stands for the whole bucket. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

/** S3's limit, in UTF-8 bytes. */
export const longestKey = 1024;

/** S3's rules for new buckets: 3 to 63 of `a-z 0-9 . -`, beginning and ending with a letter or digit. */
export function isBucketName(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..");
}

/** Splits `s3://bucket/key`. The key is taken as it stands: nothing is percent-decoded. Throws INVALID_ARGUMENT. */
export function parseObjectUri(uri: string): ObjectAddress {
  const [, bucket, key = ""] = /^s3:\/\/([^/]*)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined) throw new StatusError("INVALID_ARGUMENT", `${JSON.stringify(uri)} is not of the form s3://bucket/key`);
  if (!isBucketName(bucket)) throw new StatusError("INVALID_ARGUMENT", `${JSON.stringify(bucket)} is not a bucket name`);
  if (!key.isWellFormed()) throw new StatusError("INVALID_ARGUMENT", `the key of ${JSON.stringify(uri)} is not valid Unicode`);
  if (Buffer.byteLength(key) > longestKey) {
    throw new StatusError("INVALID_ARGUMENT", `the key of ${uri.slice(0, 100)}… is longer than ${longestKey} bytes`);
  }
  return { bucket, key };
}

/** As parseObjectUri, for the address of one object: the key must not be empty. */
export function parseKeyedUri(uri: string): ObjectAddress {
  const address = parseObjectUri(uri);
  if (address.key === "") throw new StatusError("INVALID_ARGUMENT", `${uri} names a bucket, not an object`);
  return address;
}

export function objectUri(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}
