import { expect, test } from "vitest";
import { credentials, servedStore } from "../objects/opened-store.ts";
import { openedS3Store } from "./opened-s3-store.ts";

test("a server that is not there is UNAVAILABLE", async () => {
  const server = await servedStore();
  await using store = await openedS3Store({ ...credentials, endpoint: server.endpoint, base: server.base });
  await store.blobs.put(`${store.base}/x`, Buffer.from("1"));
  await server[Symbol.asyncDispose]();
  for (const call of [
    () => store.blobs.head(`${store.base}/x`),
    () => store.blobs.get(`${store.base}/x`),
    () => store.blobs.list(store.base),
    () => store.blobs.put(`${store.base}/x`, Buffer.from("2")),
  ])
    await expect(call()).rejects.toMatchObject({ status: "UNAVAILABLE" });
});

test("wrong keys are told as the store's refusal, without the secret", async () => {
  await using server = await servedStore();
  await using store = await openedS3Store({
    accessKey: "minio",
    secretKey: "entirely-wrong",
    endpoint: server.endpoint,
    base: server.base,
  });
  const refused = store.blobs.put(`${store.base}/x`, Buffer.from("1"));
  await expect(refused).rejects.toMatchObject({ status: "FAILED_PRECONDITION", message: expect.not.stringContaining("entirely-wrong") });
  await expect(refused).rejects.toThrow(/SignatureDoesNotMatch/);
});

test("a bucket that is not there is told as such, not as an absent object", async () => {
  await using server = await servedStore();
  await using store = await openedS3Store({ ...credentials, endpoint: server.endpoint, base: "s3://no-such-bucket" });
  const missing = { status: "FAILED_PRECONDITION", message: expect.stringContaining("NoSuchBucket") };
  await expect(store.blobs.get(`${store.base}/x`)).rejects.toMatchObject(missing);
  await expect(store.blobs.put(`${store.base}/x`, Buffer.from("1"))).rejects.toMatchObject(missing);
});
