import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { ManualClock } from "../../../src/std/clock.ts";
import { readBlob } from "../../../src/ports/read-blob.ts";
import { blobStoreContract } from "../../contract/blob-store-contract.ts";
import { bucket, openedStore } from "./opened-store.ts";

blobStoreContract("files", openedStore);

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

test("an object is a plain file under its key", async () => {
  await using store = await openedStore(new ManualClock(1_700_000_000_123));
  const info = await store.blobs.put(`${store.base}/metadata/x-1/n0/data/0/outputs.pb`, Buffer.from("out"));
  const path = join(store.directory, bucket, "metadata/x-1/n0/data/0/outputs.pb");
  expect(await readFile(path, "utf8")).toBe("out");
  expect(await store.blobs.localPath(info.uri)).toBe(path);
  expect(info.modifiedAt).toBe(1_700_000_000_123);
});

test("files that other processes write are objects", async () => {
  await using store = await openedStore();
  const uri = `${store.base}/out/0/outputs.pb`;
  const path = (await store.blobs.localPath(uri)) ?? "";
  await writeFile(path, "from a task");
  await mkdir(join(dirname(path), "more"));
  await writeFile(join(dirname(path), "more", "deck.html"), "<html>");
  await store.blobs.sync(`${store.base}/out/0`);
  const info = await store.blobs.head(uri);
  expect(info).toMatchObject({ uri, size: 11, metadata: {} });
  // Of a small one the MD5; a large one is not read for it.
  expect(info?.etag).toBe(createHash("md5").update("from a task").digest("hex"));
  await writeFile(join(dirname(path), "more", "large"), Buffer.alloc(5000));
  expect((await store.blobs.head(`${store.base}/out/0/more/large`))?.etag).toMatch(/^[0-9a-f]{32}-1$/);
  expect((await store.blobs.list(`${store.base}/out/`)).items.map((item) => [item.uri, item.size])).toEqual([
    [`${store.base}/out/0/more/deck.html`, 6],
    [`${store.base}/out/0/more/large`, 5000],
    [uri, 11],
  ]);
  expect(text(await readBlob(store.blobs, uri, 100))).toBe("from a task");
});

test("what was said of an object does not outlive a change by somebody else", async () => {
  await using store = await openedStore();
  const uri = `${store.base}/x`;
  const put = await store.blobs.put(uri, Buffer.from("12345"), { contentType: "a/b", metadata: { k: "v" } });
  await writeFile((await store.blobs.localPath(uri)) ?? "", "54321");
  const changed = await store.blobs.head(uri);
  expect(changed).toMatchObject({ size: 5, metadata: {} });
  expect(changed?.contentType).toBeUndefined();
  expect(changed?.etag).not.toBe(put.etag);
});

test("keys that no file system can hold stay inside the directory and work", async () => {
  await using store = await openedStore();
  const keys = [
    "../../etc/passwd",
    "..",
    ".",
    "/",
    "//",
    "/etc/passwd",
    "a/../b",
    "a/./b",
    "a//b",
    "a/",
    "nul\0byte",
    "x".repeat(1024),
    "é".repeat(512),
    "%~e..",
    "%00",
    "CON",
    "a\\b",
    "line\nbreak",
  ];
  for (const key of keys) await store.blobs.put(`${store.base}/${key}`, Buffer.from(`content of ${key}`));
  for (const key of keys) expect(text(await readBlob(store.blobs, `${store.base}/${key}`, 4096))).toBe(`content of ${key}`);
  const listed = (await store.blobs.list(store.base)).items.map((item) => item.uri.slice(store.base.length + 1));
  expect(listed.toSorted()).toEqual(keys.toSorted());
  expect(await readdir(dirname(store.directory))).not.toContain("etc");
  for (const key of keys) {
    const path = (await store.blobs.localPath(`${store.base}/${key}`)) ?? "";
    expect(relative(join(store.directory, bucket), path).startsWith("..")).toBe(false);
  }
  await expect(store.blobs.put(`${store.base}/${"/".repeat(1024)}`, Buffer.from("x"))).rejects.toMatchObject({
    status: "INVALID_ARGUMENT",
  });
});

test.for([
  ["a", "a/b", "a/b/c"],
  ["a/b/c", "a/b", "a"],
  ["a/b", "a", "a/b/c"],
  ["a/", "a", "a//"],
])("%j may all exist", async (keys) => {
  await using store = await openedStore();
  for (const key of keys) await store.blobs.put(`${store.base}/${key}`, Buffer.from(key), { metadata: { key: encodeURIComponent(key) } });
  for (const key of keys) {
    expect(text(await readBlob(store.blobs, `${store.base}/${key}`, 99))).toBe(key);
    expect((await store.blobs.head(`${store.base}/${key}`))?.metadata).toEqual({ key: encodeURIComponent(key) });
  }
  expect((await store.blobs.list(store.base)).items.map((item) => item.uri)).toEqual(keys.toSorted().map((key) => `${store.base}/${key}`));
  for (const key of keys) await store.blobs.put(`${store.base}/${key}`, Buffer.from(`${key} again`));
  for (const key of keys) expect(text(await readBlob(store.blobs, `${store.base}/${key}`, 99))).toBe(`${key} again`);
  for (const key of keys) {
    const path = (await store.blobs.localPath(`${store.base}/${key}`)) ?? "";
    if (!key.endsWith("/")) expect(await readFile(path, "utf8")).toBe(`${key} again`);
    await store.blobs.delete(`${store.base}/${key}`);
  }
  expect((await store.blobs.list(store.base)).items).toEqual([]);
});

test("localPath makes room below an object of the same name", async () => {
  await using store = await openedStore();
  await store.blobs.put(`${store.base}/out`, Buffer.from("object"));
  const path = (await store.blobs.localPath(`${store.base}/out/x`)) ?? "";
  await writeFile(path, "below");
  expect(text(await readBlob(store.blobs, `${store.base}/out`, 99))).toBe("object");
  expect(text(await readBlob(store.blobs, `${store.base}/out/x`, 99))).toBe("below");
  expect((await stat((await store.blobs.localPath(`${store.base}/fresh/prefix/`)) ?? "")).isDirectory()).toBe(true);
});

test("links lead nowhere", async () => {
  await using store = await openedStore();
  const outside = join(store.directory, "outside");
  await mkdir(outside);
  await writeFile(join(outside, "secret"), "secret");
  await symlink(join(outside, "secret"), join(store.directory, bucket, "file"));
  await symlink(outside, join(store.directory, bucket, "dir"));
  for (const key of ["file", "dir/secret"]) {
    expect(await store.blobs.head(`${store.base}/${key}`)).toBeUndefined();
    await expect(store.blobs.get(`${store.base}/${key}`)).rejects.toMatchObject({ status: "NOT_FOUND" });
  }
  expect((await store.blobs.list(store.base)).items).toEqual([]);
  await expect(store.blobs.put(`${store.base}/dir/new`, Buffer.from("x"))).rejects.toThrow();
  expect(await readdir(outside)).toEqual(["secret"]);
});

test("many puts of one key at once leave one whole object and no rests", async () => {
  await using store = await openedStore();
  const uri = `${store.base}/x`;
  await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      store.blobs.put(uri, Buffer.from(`${index}`.padStart(5)), { metadata: { index: `${index}` } }),
    ),
  );
  const info = await store.blobs.head(uri);
  expect(Number(text(await readBlob(store.blobs, uri, 9)))).toBe(Number(info?.metadata["index"]));
  const rests = await readdir(join(store.directory, ".flyte"), { recursive: true, withFileTypes: true });
  expect(rests.filter((entry) => entry.isFile())).toHaveLength(1);
});

test("puts below and above each other at once all arrive", async () => {
  await using store = await openedStore();
  const keys = Array.from(
    { length: 30 },
    (_, index) => Array.from({ length: (index % 6) + 1 }, () => "k").join("/") + (index >= 24 ? "/x" : ""),
  );
  await Promise.all(keys.map((key) => store.blobs.put(`${store.base}/${key}`, Buffer.from(key))));
  for (const key of keys) expect(text(await readBlob(store.blobs, `${store.base}/${key}`, 99))).toBe(key);
});

test("half-written files of ended processes are removed at the next start", async () => {
  await using store = await openedStore();
  const { openFileBlobStore } = await import("../../../src/stores/objects/file-blob-store.ts");
  const { systemRandom } = await import("../../../src/std/random.ts");
  const staging = join(store.directory, ".flyte", "staging");
  // No process has an id beyond Linux's largest.
  await mkdir(join(staging, "4194305-dead"));
  await writeFile(join(staging, "4194305-dead", "half"), "ha");
  await mkdir(join(staging, `${process.pid}-before`));
  await utimes(join(staging, `${process.pid}-before`), 1000, 1000);
  const second = await openFileBlobStore({ directory: store.directory, clock: new ManualClock(), random: systemRandom });
  const left = await readdir(staging);
  expect(left).toHaveLength(2);
  expect(left.every((name) => name.startsWith(`${process.pid}-`) && !name.endsWith("before"))).toBe(true);
  await second.close();
});
