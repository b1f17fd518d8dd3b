import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readBlob } from "../../src/ports/read-blob.ts";
import type { OpenedBlobStore } from "./blob-store-contract.ts";

const md5 = (data: Uint8Array): Buffer => createHash("md5").update(data).digest();
const mebibyte = 1 << 20;

async function* slices(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** What the S3 client does with a server beside the contract; `open` takes the endpoint of signed URLs. */
export function s3ServerTests(name: string, open: (clientEndpoint?: string) => Promise<OpenedBlobStore>): void {
  describe(`signed URLs and large objects: ${name}`, () => {
    test("a signed upload stores what has the MD5 that was signed, and nothing else", async () => {
      await using store = await open();
      const uri = `${store.base}/up load/ü+%.bin`;
      const body = randomBytes(1000);
      const signed = await store.blobs.signUpload(uri, { expiresInSeconds: 60, contentMd5: md5(body), metadata: { flyteContentMD5: "x" } });
      const send = async (bytes: Uint8Array, headers: Readonly<Record<string, string>>) =>
        (await fetch(signed.url, { method: "PUT", body: Uint8Array.from(bytes), headers })).status;
      expect(await send(randomBytes(1000), signed.headers)).toBe(400);
      const other = randomBytes(1000);
      expect(await send(other, { ...signed.headers, "Content-MD5": md5(other).toString("base64") })).toBe(403);
      const { "Content-MD5": _without, ...rest } = signed.headers;
      expect([400, 403]).toContain(await send(body, rest));
      expect(await store.blobs.head(uri)).toBeUndefined();
      expect(await send(body, signed.headers)).toBe(200);
      expect(Buffer.from(await readBlob(store.blobs, uri, mebibyte))).toEqual(body);
      expect((await store.blobs.head(uri))?.metadata).toEqual({ flytecontentmd5: "x" });
    });

    test("a signed download gives the object, and no other", async () => {
      await using store = await open();
      await store.blobs.put(`${store.base}/a b`, Buffer.from("content"));
      const { url, headers } = await store.blobs.signDownload(`${store.base}/a b`, { expiresInSeconds: 60 });
      expect(headers).toEqual({});
      expect(await (await fetch(url)).text()).toBe("content");
      expect((await fetch(url.replace("a%20b", "ab"))).status).toBe(403);
      expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(403);
    });

    test("signed URLs name the address for clients", async () => {
      await using store = await open("https://objects.example.com:8443");
      for (const { url } of [
        await store.blobs.signUpload(`${store.base}/x`, { expiresInSeconds: 60 }),
        await store.blobs.signDownload(`${store.base}/x`, { expiresInSeconds: 60 }),
      ])
        expect(url).toMatch(/^https:\/\/objects\.example\.com:8443\/[^?]+\/x\?/);
      expect((await store.blobs.put(`${store.base}/x`, Buffer.from("1"))).size).toBe(1);
    });

    test("what is too large for one piece goes up in several, whole or not at all", async () => {
      await using store = await open();
      const uri = `${store.base}/large`;
      const body = randomBytes(33 * mebibyte);
      const wrong = store.blobs.put(uri, slices(body, 100_000), { contentMd5: md5(Buffer.from("other")) });
      await expect(wrong).rejects.toMatchObject({ status: "INVALID_ARGUMENT" });
      const failing = (async function* () {
        yield* slices(body, mebibyte);
        throw new Error("the sender went away");
      })();
      await expect(store.blobs.put(uri, failing)).rejects.toThrow("the sender went away");
      expect(await store.blobs.head(uri)).toBeUndefined();
      const put = await store.blobs.put(uri, slices(body, 100_000), { contentMd5: md5(body), contentType: "a/b", metadata: { one: "1" } });
      expect(put).toMatchObject({ size: body.length, etag: expect.stringMatching(/^[0-9a-f]{32}(-3)?$/) });
      expect(await store.blobs.head(uri)).toMatchObject({ size: put.size, etag: put.etag, contentType: "a/b", metadata: { one: "1" } });
      const hash = createHash("md5");
      for await (const piece of (await store.blobs.get(uri)).body) hash.update(piece);
      expect(hash.digest()).toEqual(md5(body));
      await expect(store.blobs.put(uri, slices(body, mebibyte), { ifAbsent: true })).rejects.toMatchObject({
        status: "FAILED_PRECONDITION",
      });
    });
  });
}
