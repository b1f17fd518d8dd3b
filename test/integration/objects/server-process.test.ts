import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { ManualClock, systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import { readBlob } from "../../../src/ports/read-blob.ts";
import { openFileBlobStore } from "../../../src/stores/objects/file-blob-store.ts";
import { MultipartUploads } from "../../../src/stores/objects/multipart-uploads.ts";
import { bucket, credentials, openedStore, servedStore } from "./opened-store.ts";

async function startProcess(directory: string) {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "serve.ts"), directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: credentials.accessKey, secretAccessKey: credentials.secretKey },
  });
  return {
    client,
    async peakMemory(): Promise<number> {
      child.stdin?.write("\n");
      return Number((await lines.next()).value);
    },
    async kill(): Promise<void> {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      client.destroy();
    },
  };
}

test("a kill in the middle of many puts leaves whole objects only, and all that were answered", async () => {
  const directory = await mkdtemp(join(tmpdir(), "objects-"));
  try {
    const answered = new Map<string, string>();
    for (let round = 0; round < 3; round++) {
      const server = await startProcess(directory);
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let index = 0; ; index++) {
          // Some keys are written again and again; the content begins with its own hash.
          const key = `w${writer}/${index % 3 === 0 ? "same" : `${round}-${index}`}`;
          const content = randomBytes(index % 5 === 0 ? 700_000 : 3000);
          const hash = createHash("sha256").update(content).digest("hex");
          try {
            await server.client.send(
              new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.concat([Buffer.from(hash), content]), Metadata: { hash } }),
            );
            answered.set(key, hash);
          } catch {
            // Killed: this one may be there or not. If it replaces an older one both are right.
            answered.delete(key);
            return;
          }
        }
      });
      await new Promise<void>((resolve) => systemClock.at(Date.now() + 400 + round * 150, resolve));
      await server.kill();
      await Promise.all(writers);
    }
    expect(answered.size).toBeGreaterThan(20);
    const blobs = await openFileBlobStore({ directory, clock: systemClock, random: systemRandom });
    const { items } = await blobs.list(`s3://${bucket}`);
    const present = new Map<string, string>();
    for (const item of items) {
      const bytes = Buffer.from(await readBlob(blobs, item.uri, 1 << 20));
      const hash = bytes.toString("latin1", 0, 64);
      expect(createHash("sha256").update(bytes.subarray(64)).digest("hex")).toBe(hash);
      expect((await blobs.head(item.uri))?.metadata).toEqual({ hash });
      present.set(item.uri.slice(`s3://${bucket}/`.length), hash);
    }
    expect([...answered].filter(([key, hash]) => present.get(key) !== hash)).toEqual([]);
    // What was half-written went with the start.
    expect(await readdir(join(directory, ".flyte", "staging"))).toHaveLength(1);
    await blobs.close();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("200 MB stream through in constant memory, both ways and in parts, and parts outlive a kill", async () => {
  const directory = await mkdtemp(join(tmpdir(), "objects-"));
  let server = await startProcess(directory);
  try {
    const before = await server.peakMemory();
    const piece = randomBytes(1 << 20);
    const count = 200;
    const expected = createHash("md5");
    for (let index = 0; index < count; index++) expected.update(piece);
    const body = Readable.from(
      (function* () {
        for (let index = 0; index < count; index++) yield piece;
      })(),
    );
    const put = await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: "large", Body: body, ContentLength: count << 20 }));
    expect(put.ETag).toBe(`"${expected.copy().digest("hex")}"`);
    const hash = createHash("md5");
    const got = await server.client.send(new GetObjectCommand({ Bucket: bucket, Key: "large" }));
    for await (const part of got.Body as Readable) hash.update(part as Buffer);
    expect(hash.digest("hex")).toBe(expected.copy().digest("hex"));
    const target = { Bucket: bucket, Key: "parts" };
    const { UploadId } = await server.client.send(new CreateMultipartUploadCommand(target));
    const part = Buffer.concat(Array.from({ length: 50 }, () => piece));
    const Parts = [];
    for (let PartNumber = 1; PartNumber <= 4; PartNumber++) {
      if (PartNumber === 2) {
        expect((await server.peakMemory()) - before).toBeLessThan(100 << 20);
        await server.kill();
        server = await startProcess(directory);
      }
      Parts.push({
        PartNumber,
        ETag: (await server.client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body: part }))).ETag,
      });
    }
    const completed = await server.client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    expect(completed.ETag).toBe(put.ETag);
    expect((await server.peakMemory()) - before).toBeLessThan(100 << 20);
  } finally {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  }
});

test("uploads that nothing was added to for a day are removed", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  await using store = await openedStore(clock);
  const uploads = new MultipartUploads(store.blobs, systemRandom);
  const target = { bucket, key: "x", contentType: "a/b", metadata: {} };
  const [left, growing] = [await uploads.create(target), await uploads.create(target)];
  await uploads.putPart(left, 1, Readable.from([Buffer.from("part")]));
  clock.advance(23 * 3600_000);
  await uploads.putPart(growing, 1, Readable.from([Buffer.from("part")]));
  await uploads.removeStale(clock.now());
  expect(await uploads.parts(left)).toHaveLength(1);
  clock.advance(2 * 3600_000);
  await uploads.removeStale(clock.now());
  await expect(uploads.find(left, bucket, "x")).rejects.toMatchObject({ code: "NoSuchUpload" });
  expect(await uploads.parts(left)).toEqual([]);
  expect(await uploads.parts(growing)).toHaveLength(1);
});

test("a client that goes away in the middle leaves nothing", async () => {
  await using store = await servedStore();
  const { url } = await store.blobs.signUpload(`${store.base}/x`, { expiresInSeconds: 60 });
  const abort = new AbortController();
  const body = new ReadableStream({
    async pull(controller) {
      controller.enqueue(new Uint8Array(100_000));
      await new Promise<void>((resolve) => systemClock.at(Date.now() + 10, resolve));
    },
  });
  const sending = fetch(url, {
    method: "PUT",
    body,
    duplex: "half",
    headers: { "content-length": "100000000" },
    signal: abort.signal,
  } as RequestInit);
  await new Promise<void>((resolve) => systemClock.at(Date.now() + 150, resolve));
  abort.abort();
  await expect(sending).rejects.toThrow();
  await store.server.close();
  expect(await store.blobs.head(`${store.base}/x`)).toBeUndefined();
  expect(await readdir(join(store.directory, ".flyte", "staging"), { recursive: true })).toHaveLength(1);
});
