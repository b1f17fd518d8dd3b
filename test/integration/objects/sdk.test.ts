import { createHash, randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutBucketPolicyCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { bucket, credentials, servedStore } from "./opened-store.ts";

type Served = Awaited<ReturnType<typeof servedStore>>;

function clientOf(store: Served): S3Client & Disposable {
  const client = new S3Client({
    endpoint: store.endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: credentials.accessKey, secretAccessKey: credentials.secretKey },
  });
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

const refused = (name: string, status: number) =>
  expect.objectContaining({ name, $metadata: expect.objectContaining({ httpStatusCode: status }) });

test("objects and their headers come back as they were put", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  const Key = "dir/ä b+c/~x(1).txt";
  const put = await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key,
      Body: "hello world",
      ContentType: "text/plain; charset=utf-8",
      CacheControl: "no-store",
      ContentEncoding: "identity",
      Metadata: { owner: "me", other: "a  b" },
    }),
  );
  expect(put.ETag).toBe(`"${createHash("md5").update("hello world").digest("hex")}"`);
  const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
  expect(await got.Body?.transformToString()).toBe("hello world");
  expect(got).toMatchObject({
    ContentType: "text/plain; charset=utf-8",
    ContentLength: 11,
    CacheControl: "no-store",
    ContentEncoding: "identity",
    Metadata: { owner: "me", other: "a  b" },
  });
  const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key }));
  expect(head).toMatchObject({ ETag: put.ETag, ContentLength: 11, Metadata: { owner: "me", other: "a  b" } });
  expect(Math.abs((head.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  const renamed = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key, ResponseContentType: "x/y", ResponseContentDisposition: "attachment" }),
  );
  expect(renamed).toMatchObject({ ContentType: "x/y", ContentDisposition: "attachment" });
  await renamed.Body?.transformToString();
});

test.for(["CRC32", "CRC32C", "SHA1", "SHA256"] as const)("a stream with a %s in its trailer is checked", async (ChecksumAlgorithm) => {
  await using store = await servedStore();
  using client = clientOf(store);
  const body = randomBytes(3 * 1024 * 1024 + 17);
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: "x", Body: Readable.from([body]), ContentLength: body.length, ChecksumAlgorithm }),
  );
  const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: "x" }));
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
});

test("ranges and conditions on reads", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  const put = await client.send(new PutObjectCommand({ Bucket: bucket, Key: "x", Body: "0123456789" }));
  const get = (extra: object) => client.send(new GetObjectCommand({ Bucket: bucket, Key: "x", ...extra }));
  const ranged = async (Range: string) => {
    const got = await get({ Range });
    return [got.$metadata.httpStatusCode, got.ContentRange, await got.Body?.transformToString()];
  };
  expect(await ranged("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
  expect(await ranged("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await ranged("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await ranged("bytes=0-100")).toEqual([206, "bytes 0-9/10", "0123456789"]);
  expect(await ranged("bytes=1-2,4-5")).toEqual([200, undefined, "0123456789"]);
  await expect(get({ Range: "bytes=10-" })).rejects.toEqual(refused("InvalidRange", 416));
  await expect(get({ Range: "bytes=-0" })).rejects.toEqual(refused("InvalidRange", 416));
  await expect(get({ IfNoneMatch: put.ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  await expect(get({ IfMatch: '"other"' })).rejects.toEqual(refused("PreconditionFailed", 412));
  await expect(get({ IfModifiedSince: new Date(Date.now() + 1000) })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
  await expect(get({ IfUnmodifiedSince: new Date(1000) })).rejects.toEqual(refused("PreconditionFailed", 412));
  expect(await (await get({ IfMatch: put.ETag, IfModifiedSince: new Date(1000) })).Body?.transformToString()).toBe("0123456789");
});

test("writes may refuse to replace", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  const put = (Body: string, extra: object) => client.send(new PutObjectCommand({ Bucket: bucket, Key: "x", Body, ...extra }));
  await put("first", { IfNoneMatch: "*" });
  await expect(put("second", { IfNoneMatch: "*" })).rejects.toEqual(refused("PreconditionFailed", 412));
  await expect(put("second", { IfMatch: '"x"' })).rejects.toEqual(refused("NotImplemented", 501));
  const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: "x" }));
  expect(await got.Body?.transformToString()).toBe("first");
});

test("what is absent is said to be absent", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  await expect(client.send(new GetObjectCommand({ Bucket: bucket, Key: "none" }))).rejects.toEqual(refused("NoSuchKey", 404));
  await expect(client.send(new HeadObjectCommand({ Bucket: bucket, Key: "none" }))).rejects.toEqual(refused("NotFound", 404));
  await expect(client.send(new GetObjectCommand({ Bucket: "no-such-bucket", Key: "x" }))).rejects.toEqual(refused("NoSuchBucket", 404));
  await expect(client.send(new PutObjectCommand({ Bucket: "no-such-bucket", Key: "x", Body: "x" }))).rejects.toEqual(
    refused("NoSuchBucket", 404),
  );
  await expect(client.send(new ListObjectsV2Command({ Bucket: "no-such-bucket" }))).rejects.toEqual(refused("NoSuchBucket", 404));
  await expect(client.send(new HeadBucketCommand({ Bucket: "no-such-bucket" }))).rejects.toEqual(refused("NotFound", 404));
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: "none" }));
  await expect(client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: "{}" }))).rejects.toEqual(refused("NotImplemented", 501));
  await expect(client.send(new GetObjectCommand({ Bucket: "flyte-multipart-uploads", Key: "x" }))).rejects.toEqual(
    refused("AccessDenied", 403),
  );
  await expect(
    client.send(new PutObjectCommand({ Bucket: bucket, Key: "x", Body: "x", Metadata: { big: "x".repeat(2100) } })),
  ).rejects.toEqual(refused("MetadataTooLarge", 400));
  await expect(client.send(new PutObjectCommand({ Bucket: bucket, Key: "k".repeat(1025), Body: "x" }))).rejects.toEqual(
    refused("KeyTooLongError", 400),
  );
});

test("buckets", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  await client.send(new CreateBucketCommand({ Bucket: "another-bucket" }));
  await expect(client.send(new CreateBucketCommand({ Bucket: "another-bucket" }))).rejects.toEqual(refused("BucketAlreadyOwnedByYou", 409));
  await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: "x" }));
  const { Buckets } = await client.send(new ListBucketsCommand({}));
  expect(Buckets?.map((entry) => entry.Name)).toEqual(["another-bucket", bucket]);
  expect((await client.send(new HeadBucketCommand({ Bucket: bucket }))).BucketRegion).toBe("us-east-1");
  expect((await client.send(new GetBucketLocationCommand({ Bucket: bucket }))).LocationConstraint ?? "").toBe("");
});

test("listings page, roll up, and encode what XML cannot hold", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  const keys = ["a", "a/1", "a/2", "b<&>/1", "c d", "ü"];
  for (const key of keys) await store.blobs.put(`${store.base}/${key}`, Buffer.from(key));
  const all: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 2, ...(ContinuationToken ? { ContinuationToken } : {}) }),
    );
    expect(page.KeyCount).toBe(page.Contents?.length);
    all.push(...(page.Contents ?? []).map((item) => item.Key ?? ""));
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
  } while (ContinuationToken !== undefined);
  expect(all).toEqual(keys);
  const rolled = await client.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: "/", StartAfter: "a" }));
  expect(rolled.CommonPrefixes?.map((entry) => entry.Prefix)).toEqual(["a/", "b<&>/"]);
  expect(rolled.Contents?.map((item) => item.Key)).toEqual(["c d", "ü"]);
  const first = await client.send(new ListObjectsCommand({ Bucket: bucket, Prefix: "a", MaxKeys: 1 }));
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: "a" });
  const second = await client.send(new ListObjectsCommand({ Bucket: bucket, Prefix: "a", Marker: first.NextMarker }));
  expect(second.Contents?.map((item) => [item.Key, item.Size])).toEqual([
    ["a/1", 3],
    ["a/2", 3],
  ]);
  const encoded = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: "url" }));
  expect(encoded.Contents?.map((item) => item.Key)).toEqual(["a", "a/1", "a/2", "b%3C%26%3E/1", "c%20d", "%C3%BC"]);
  expect((await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 0 }))).KeyCount).toBe(0);
});

test("copies and bulk deletions", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: "from ä", Body: "content", ContentType: "a/b", Metadata: { k: "v" } }));
  const CopySource = `/${bucket}/${encodeURIComponent("from ä")}`;
  await client.send(new CopyObjectCommand({ Bucket: bucket, Key: "to", CopySource }));
  expect(await store.blobs.head(`${store.base}/to`)).toMatchObject({ size: 7, contentType: "a/b", metadata: { k: "v" } });
  await client.send(new CopyObjectCommand({ Bucket: bucket, Key: "to", CopySource, MetadataDirective: "REPLACE", ContentType: "c/d" }));
  expect(await store.blobs.head(`${store.base}/to`)).toMatchObject({ size: 7, contentType: "c/d", metadata: {} });
  await expect(client.send(new CopyObjectCommand({ Bucket: bucket, Key: "to", CopySource: `${bucket}/none` }))).rejects.toEqual(
    refused("NoSuchKey", 404),
  );
  const deleted = await client.send(
    new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: [{ Key: "from ä" }, { Key: "to" }, { Key: "none" }, { Key: "v", VersionId: "1" }] },
    }),
  );
  expect(deleted.Deleted?.map((entry) => entry.Key)).toEqual(["from ä", "to", "none"]);
  expect(deleted.Errors?.map((entry) => [entry.Key, entry.Code])).toEqual([["v", "NotImplemented"]]);
  expect((await store.blobs.list(store.base)).items).toEqual([]);
});

test("a multipart upload is put together in order, once", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  const target = { Bucket: bucket, Key: "large/file" };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ContentType: "a/b", Metadata: { k: "v" } }));
  const parts = [randomBytes(5 << 20), randomBytes(6 << 20), randomBytes(100)];
  const etags: (string | undefined)[] = [];
  for (const index of [2, 0, 1]) {
    const sent = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber: index + 1, Body: parts[index] }));
    etags[index] = sent.ETag;
  }
  const listed = await client.send(new ListPartsCommand({ ...target, UploadId, MaxParts: 2 }));
  expect(listed.Parts?.map((part) => [part.PartNumber, part.Size, part.ETag])).toEqual([
    [1, 5 << 20, etags[0]],
    [2, 6 << 20, etags[1]],
  ]);
  expect(listed.IsTruncated).toBe(true);
  const complete = (numbers: number[], forged = false) =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: numbers.map((PartNumber) => ({ PartNumber, ETag: forged ? '"x"' : etags[PartNumber - 1] })) },
      }),
    );
  await expect(complete([2, 1])).rejects.toEqual(refused("InvalidPartOrder", 400));
  await expect(complete([1, 4])).rejects.toEqual(refused("InvalidPart", 400));
  await expect(complete([1], true)).rejects.toEqual(refused("InvalidPart", 400));
  const other = await client.send(new CreateMultipartUploadCommand(target));
  await client.send(new UploadPartCommand({ ...target, UploadId: other.UploadId, PartNumber: 1, Body: "short" }));
  expect(await store.blobs.head(`${store.base}/large/file`)).toBeUndefined();
  await complete([1, 2, 3]);
  await expect(complete([1, 2, 3])).rejects.toEqual(refused("NoSuchUpload", 404));
  const got = await client.send(new GetObjectCommand(target));
  expect(got).toMatchObject({ ContentType: "a/b", Metadata: { k: "v" } });
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Buffer.concat(parts))).toBe(true);
  const copied = await client.send(
    new UploadPartCopyCommand({
      ...target,
      UploadId: other.UploadId,
      PartNumber: 2,
      CopySource: `${bucket}/large/file`,
      CopySourceRange: "bytes=0-9",
    }),
  );
  expect(copied.CopyPartResult?.ETag).toBe(
    `"${createHash("md5")
      .update(parts[0]?.subarray(0, 10) ?? "")
      .digest("hex")}"`,
  );
  const short = {
    Parts: [
      { PartNumber: 1, ETag: createHash("md5").update("short").digest("hex") },
      { PartNumber: 2, ETag: copied.CopyPartResult?.ETag },
    ],
  };
  await expect(
    client.send(new CompleteMultipartUploadCommand({ ...target, UploadId: other.UploadId, MultipartUpload: short })),
  ).rejects.toEqual(refused("EntityTooSmall", 400));
  await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: other.UploadId }));
  await expect(client.send(new ListPartsCommand({ ...target, UploadId: other.UploadId }))).rejects.toEqual(refused("NoSuchUpload", 404));
  expect((await store.blobs.list("s3://flyte-multipart-uploads")).items).toEqual([]);
});

test("URLs that the SDK presigns are accepted", async () => {
  await using store = await servedStore();
  using client = clientOf(store);
  const put = await getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: "a b/ü", Metadata: { k: "v" } }), { expiresIn: 60 });
  expect((await fetch(put, { method: "PUT", body: "signed" })).status).toBe(200);
  expect((await store.blobs.head(`${store.base}/a b/ü`))?.metadata).toEqual({ k: "v" });
  const get = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: "a b/ü" }), { expiresIn: 60 });
  expect(await (await fetch(get)).text()).toBe("signed");
});
