import type { S3Client } from "@aws-sdk/client-s3";
import type { BlobEntry, BlobListing, ListOptions } from "../../ports/blob-store.ts";
import { objectUri, parseObjectUri } from "../objects/object-uri.ts";
import { compareUtf8 } from "../objects/utf8-order.ts";
import type * as Sdk from "./s3-client.ts";

/** Behind all keys that begin with what stands before it, but for absurd ones, which filtering catches. */
const last = "\u{10ffff}";

/**
 * One page as BlobStore.list has it. S3 rolls a prefix up again when it is asked for what lies behind a key of it; here a roll-up at
 * or before `startAfter` has been given already.
 */
export async function listS3(sdk: typeof Sdk, client: S3Client, uri: string, options: ListOptions): Promise<BlobListing> {
  const { bucket, key: prefix } = parseObjectUri(uri);
  const { delimiter, startAfter = "" } = options;
  const limit = Math.min(Math.max(options.limit ?? 1000, 1), 1000);
  // Not all servers take a start outside of the prefix.
  const inside = startAfter.startsWith(prefix);
  if (!inside && compareUtf8(startAfter, prefix) > 0) return { items: [], prefixes: [] };
  const rolledAt = inside && delimiter ? startAfter.indexOf(delimiter, prefix.length) : -1;
  const start = rolledAt < 0 || !delimiter ? startAfter : `${startAfter.slice(0, rolledAt + delimiter.length)}${last}`;

  for (let token: string | undefined; ;) {
    const page = await client.send(
      new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        MaxKeys: limit,
        // Keys may hold what XML cannot.
        EncodingType: "url",
        ...(delimiter && { Delimiter: delimiter }),
        ...(token === undefined ? inside && start !== "" && { StartAfter: start } : { ContinuationToken: token }),
      }),
    );
    const behind = (key: string): boolean => startAfter === "" || compareUtf8(key, startAfter) > 0;
    const items = (page.Contents ?? [])
      .map((item) => ({ ...item, key: decode(item.Key) }))
      .filter(({ key }) => behind(key))
      .map((item): BlobEntry => ({
        uri: objectUri(bucket, item.key),
        size: item.Size ?? 0,
        modifiedAt: item.LastModified?.getTime() ?? 0,
        etag: unquoted(item.ETag),
      }));
    const prefixes = (page.CommonPrefixes ?? []).map((common) => decode(common.Prefix)).filter(behind);
    const more = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (more !== undefined && items.length + prefixes.length === 0) {
      token = more;
      continue;
    }
    const keys = [items.at(-1)?.uri.slice(objectUri(bucket, "").length), prefixes.at(-1)].filter((key) => key !== undefined);
    const next = more === undefined ? undefined : keys.toSorted(compareUtf8).at(-1);
    return { items, prefixes: prefixes.map((key) => objectUri(bucket, key)), ...(next !== undefined && { next }) };
  }
}

function decode(text: string | undefined): string {
  return decodeURIComponent((text ?? "").replaceAll("+", " "));
}

/** An ETag as the seam has it. */
export function unquoted(etag: string | undefined): string {
  return (etag ?? "").replace(/^"(.*)"$/, "$1");
}
