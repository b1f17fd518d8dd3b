import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { BlobStore } from "../../src/ports/blob-store.ts";
import { readBlob } from "../../src/ports/read-blob.ts";

export interface OpenedBlobStore extends AsyncDisposable {
  readonly blobs: BlobStore;
  /** `s3://bucket`, empty. */
  readonly base: string;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const md5 = (data: string | Uint8Array): Buffer => createHash("md5").update(data).digest();
const status = (name: string) => expect.objectContaining({ name: "StatusError", status: name });

async function* pieces(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

export interface BlobStoreLimits {
  /** Keys that this store's server refuses, though S3 takes them. */
  readonly refuses?: (key: string) => boolean;
  /** Its server's listings leave out what is below an object: `a/b` when `a` is there. */
  readonly hidesBelowObjects?: boolean;
}

/** What every BlobStore does. */
export function blobStoreContract(name: string, open: () => Promise<OpenedBlobStore>, limits: BlobStoreLimits = {}): void {
  describe(`BlobStore: ${name}`, () => {
    const read = async (blobs: BlobStore, uri: string): Promise<string> => text(await readBlob(blobs, uri, 1 << 20));
    const keysOf = async (blobs: BlobStore, base: string, prefix: string, options = {}): Promise<string[]> =>
      (await blobs.list(`${base}/${prefix}`, options)).items.map((item) => item.uri.slice(base.length + 1));

    test("an object is read back with everything said of it", async () => {
      await using store = await open();
      const uri = `${store.base}/a/b.txt`;
      const put = await store.blobs.put(uri, Buffer.from("hello"), { contentType: "text/plain", metadata: { Owner: "me" } });
      const entry = { uri, size: 5, etag: md5("hello").toString("hex") };
      const known = { ...entry, contentType: "text/plain", metadata: { owner: "me" } };
      const { modifiedAt, ...said } = put;
      expect(said).toEqual(known);
      expect(Math.abs(modifiedAt - Date.now())).toBeLessThan(5_000);
      const head = await store.blobs.head(uri);
      expect(head).toEqual({ ...known, modifiedAt: head?.modifiedAt });
      const got = await store.blobs.get(uri);
      expect(got.info).toEqual(head);
      expect(await read(store.blobs, uri)).toBe("hello");
      const { items } = await store.blobs.list(store.base);
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject(entry);
      // What a store says of the time of one object differs by the part of a second that it does not know.
      for (const at of [head?.modifiedAt, items[0]?.modifiedAt]) expect(Math.abs((at ?? 0) - modifiedAt)).toBeLessThan(2_000);
    });

    test("a body may come in pieces, and be empty", async () => {
      await using store = await open();
      await store.blobs.put(`${store.base}/x`, pieces("one ", "", "two"));
      expect(await read(store.blobs, `${store.base}/x`)).toBe("one two");
      expect((await store.blobs.put(`${store.base}/y`, pieces())).size).toBe(0);
      expect(await read(store.blobs, `${store.base}/y`)).toBe("");
      expect((await store.blobs.put(`${store.base}/z`, new Uint8Array(0))).etag).toBe("d41d8cd98f00b204e9800998ecf8427e");
    });

    test("a put replaces content and metadata", async () => {
      await using store = await open();
      const uri = `${store.base}/x`;
      await store.blobs.put(uri, Buffer.from("first"), { contentType: "a/b", metadata: { one: "1" } });
      await store.blobs.put(uri, Buffer.from("later"));
      const info = await store.blobs.head(uri);
      expect(info?.metadata).toEqual({});
      expect(info?.etag).toBe(md5("later").toString("hex"));
      expect(await read(store.blobs, uri)).toBe("later");
    });

    test("what is put again if need be is as any other object", async () => {
      await using store = await open();
      const again = { isPutAgain: true };
      const uri = `${store.base}/n0/data/inputs.pb`;
      const put = await store.blobs.put(uri, Buffer.from("one"), again);
      const { modifiedAt: _when, ...said } = put;
      expect(said).toMatchObject({ uri, size: 3, etag: md5("one").toString("hex"), metadata: {} });
      expect(await store.blobs.head(uri)).toMatchObject(said);
      // Over an object with metadata, of another size, over itself at once, and where a longer key has made a directory of its name.
      await store.blobs.put(uri, Buffer.from("later"), { metadata: { one: "1" } });
      expect((await store.blobs.head(uri))?.metadata).toEqual({ one: "1" });
      await Promise.all([store.blobs.put(uri, Buffer.from("three"), again), store.blobs.put(uri, Buffer.from("three"), again)]);
      expect((await store.blobs.head(uri))?.metadata).toEqual({});
      expect(await read(store.blobs, uri)).toBe("three");
      if (limits.hidesBelowObjects) return;
      await store.blobs.put(`${store.base}/n0`, Buffer.from("short"), again);
      await store.blobs.put(`${uri}/deeper`, Buffer.from("long"), again);
      await store.blobs.put(uri, Buffer.alloc(10_000, "b"), again);
      const keys = (await store.blobs.list(store.base)).items.map((item) => [item.uri.slice(store.base.length), item.size]);
      expect(keys).toEqual([
        ["/n0", 5],
        ["/n0/data/inputs.pb", 10_000],
        ["/n0/data/inputs.pb/deeper", 4],
      ]);
    });

    test("what is put to be synced later is seen at once, and is as any other object", async () => {
      await using store = await open();
      const later = { isPutAgain: true, isSyncedLater: true };
      const uri = `${store.base}/n0/data/inputs.pb`;
      for (const body of ["one", "another"]) {
        const { modifiedAt: _when, ...said } = await store.blobs.put(uri, Buffer.from(body), later);
        expect(said).toMatchObject({ uri, size: body.length, etag: md5(body).toString("hex"), metadata: {} });
        expect(await read(store.blobs, uri)).toBe(body);
        await store.blobs.sync(uri);
        expect(await store.blobs.head(uri)).toMatchObject(said);
        await store.blobs.put(`${store.base}/n0/data/0/outputs.pb`, Buffer.from("of a directory that is there"));
      }
      // Many at once, the same twice, and what is too large to do without a record.
      const puts = Array.from({ length: 20 }, async (_, index) => {
        const own = `${store.base}/n${index >> 1}/data/inputs.pb`;
        await store.blobs.put(own, Buffer.from(own), later);
        await store.blobs.sync(own);
        return (await read(store.blobs, own)) === own;
      });
      expect(await Promise.all(puts)).toEqual(puts.map(() => true));
      await store.blobs.put(uri, Buffer.alloc(10_000, "b"), later);
      await store.blobs.sync(uri);
      expect((await store.blobs.head(uri))?.size).toBe(10_000);
    });

    test("objects of one prefix are found at one look", async () => {
      await using store = await open();
      const prefix = `${store.base}/n0/data/0`;
      const names = ["error.pb", "outputs.pb", "deck.html", "..", "%~e"];
      expect([...(await store.blobs.find(prefix, names))]).toEqual([]);
      await store.blobs.put(`${prefix}/outputs.pb`, Buffer.from("four"));
      await store.blobs.put(`${prefix}/other.pb`, Buffer.from("x"));
      await store.blobs.put(`${prefix}/deck.html/inside`, Buffer.from("x"));
      await store.blobs.put(`${store.base}/n0/data/00/error.pb`, Buffer.from("x"));
      const found = await store.blobs.find(prefix, names);
      expect([...found.keys()]).toEqual(["outputs.pb"]);
      expect(found.get("outputs.pb")).toMatchObject({ uri: `${prefix}/outputs.pb`, size: 4, etag: md5("four").toString("hex") });
      if (limits.hidesBelowObjects) return;
      // An object whose name is a directory's as well, and names that no directory can have.
      await store.blobs.put(`${prefix}/deck.html`, Buffer.from("deck"));
      for (const name of ["..", "%~e"])
        if (!limits.refuses?.(`n0/data/0/${name}`)) await store.blobs.put(`${prefix}/${name}`, Buffer.from("odd"));
      const all = await store.blobs.find(prefix, names);
      expect(all.get("deck.html")?.size).toBe(4);
      for (const name of ["..", "%~e"]) expect(all.has(name)).toBe(!limits.refuses?.(`n0/data/0/${name}`));
    });

    test("a body that fails, or whose MD5 differs, leaves the old object", async () => {
      await using store = await open();
      const uri = `${store.base}/x`;
      await store.blobs.put(uri, Buffer.from("old"));
      const failing = (async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from("ne");
        throw new Error("the sender went away");
      })();
      await expect(store.blobs.put(uri, failing)).rejects.toThrow("the sender went away");
      await expect(store.blobs.put(uri, Buffer.from("new"), { contentMd5: md5("other") })).rejects.toEqual(status("INVALID_ARGUMENT"));
      expect(await read(store.blobs, uri)).toBe("old");
      await store.blobs.put(uri, Buffer.from("new"), { contentMd5: md5("new") });
      expect(await read(store.blobs, uri)).toBe("new");
    });

    test("ifAbsent lets one of many writers through", async () => {
      await using store = await open();
      const uri = `${store.base}/deep/x`;
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => store.blobs.put(uri, Buffer.from(`writer ${index}`), { ifAbsent: true })),
      );
      const winners = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [index] : []));
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toEqual(status("FAILED_PRECONDITION"));
      expect(await read(store.blobs, uri)).toBe(`writer ${winners[0]}`);
    });

    test("ranges include both ends and stop at the end", async () => {
      await using store = await open();
      const uri = `${store.base}/x`;
      await store.blobs.put(uri, Buffer.from("0123456789"));
      const ranged = async (first: number, last: number): Promise<string> => {
        let joined = "";
        for await (const piece of (await store.blobs.get(uri, { first, last })).body) joined += text(piece);
        return joined;
      };
      expect(await ranged(0, 0)).toBe("0");
      expect(await ranged(2, 5)).toBe("2345");
      expect(await ranged(8, 100)).toBe("89");
      await expect(store.blobs.get(uri, { first: 10, last: 12 })).rejects.toEqual(status("OUT_OF_RANGE"));
    });

    test("a reader keeps the object it began with", async () => {
      await using store = await open();
      const uri = `${store.base}/x`;
      const old = Buffer.alloc(1 << 20, "a");
      await store.blobs.put(uri, old);
      const { body } = await store.blobs.get(uri);
      await store.blobs.put(uri, Buffer.alloc(1 << 20, "b"));
      const hash = createHash("md5");
      for await (const piece of body) hash.update(piece);
      expect(hash.digest()).toEqual(md5(old));
    });

    test("absent objects and malformed addresses", async () => {
      await using store = await open();
      const uri = `${store.base}/none`;
      expect(await store.blobs.head(uri)).toBeUndefined();
      await expect(store.blobs.get(uri)).rejects.toEqual(status("NOT_FOUND"));
      await store.blobs.delete(uri);
      await store.blobs.sync(uri);
      for (const bad of [
        "file:///etc/passwd",
        "s3://",
        "s3:///x",
        "s3://../x",
        "s3://UPPER/x",
        "s3://b/x",
        store.base,
        `${store.base}/${"k".repeat(1025)}`,
        `${store.base}/\ud800`,
      ]) {
        await expect(store.blobs.head(bad), bad).rejects.toEqual(status("INVALID_ARGUMENT"));
        await expect(store.blobs.put(bad, Buffer.from("x")), bad).rejects.toEqual(status("INVALID_ARGUMENT"));
      }
    });

    test("readBlob refuses what is too large", async () => {
      await using store = await open();
      const uri = `${store.base}/x`;
      await store.blobs.put(uri, Buffer.alloc(300_000));
      await expect(readBlob(store.blobs, uri, 299_999)).rejects.toEqual(status("RESOURCE_EXHAUSTED"));
      expect((await readBlob(store.blobs, uri, 300_000)).length).toBe(300_000);
      await expect(readBlob(store.blobs, `${store.base}/none`, 1)).rejects.toEqual(status("NOT_FOUND"));
    });

    test("deleted objects are gone, their neighbours are not", async () => {
      await using store = await open();
      const [above, own, below] = limits.hidesBelowObjects ? ["a-", "a/b", "a/b-/c"] : ["a", "a/b", "a/b/c"];
      for (const key of [above, own, below]) await store.blobs.put(`${store.base}/${key}`, Buffer.from(key));
      await store.blobs.delete(`${store.base}/${own}`);
      expect(await keysOf(store.blobs, store.base, "")).toEqual([above, below]);
      expect(await store.blobs.head(`${store.base}/${own}`)).toBeUndefined();
      await store.blobs.put(`${store.base}/${own}`, Buffer.from("again"));
      expect(await read(store.blobs, `${store.base}/${own}`)).toBe("again");
      expect(await read(store.blobs, `${store.base}/${below}`)).toBe(below);
    });

    test("listings are in order of UTF-8 bytes", async () => {
      await using store = await open();
      const keys = [
        "a",
        "a!",
        "a-b/x",
        "a/b",
        "a/b/c",
        "a0",
        "b/",
        "b//c",
        "z",
        "Z",
        "é",
        "\uffee",
        "\u{1f600}",
        "a%",
        "a b",
        "%~e",
        "x".repeat(600),
        `${"x".repeat(245)}/y`,
      ].filter((key) => !limits.refuses?.(key) && !(limits.hidesBelowObjects && key.startsWith("a/")));
      for (const key of keys) await store.blobs.put(`${store.base}/${key}`, Buffer.from(key));
      const sorted = keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(await keysOf(store.blobs, store.base, "")).toEqual(sorted);
      for (const key of keys) {
        expect(await read(store.blobs, `${store.base}/${key}`)).toBe(key);
        const behind = sorted.slice(sorted.indexOf(key) + 1);
        expect(await keysOf(store.blobs, store.base, "", { startAfter: key })).toEqual(behind);
        expect(await keysOf(store.blobs, store.base, key)).toEqual(sorted.filter((other) => other.startsWith(key)));
      }
    });

    test("pages of every size join to the whole, rolled up or not", async () => {
      await using store = await open();
      const a = limits.hidesBelowObjects ? "a+" : "a";
      const keys = [a, "a/1", "a/2/x", "a/2/y", "a-1", "b/c/d", "b/c/e", "b/f", "c"];
      for (const key of keys) await store.blobs.put(`${store.base}/${key}`, Buffer.from(key));
      const pages = async (prefix: string, delimiter: string | undefined, limit: number): Promise<string[]> => {
        const entries: string[] = [];
        let startAfter: string | undefined;
        do {
          const page = await store.blobs.list(`${store.base}/${prefix}`, {
            limit,
            ...(delimiter ? { delimiter } : {}),
            ...(startAfter ? { startAfter } : {}),
          });
          const found = [...page.items.map((item) => item.uri), ...page.prefixes].map((uri) => uri.slice(store.base.length + 1));
          expect(found.length).toBeLessThanOrEqual(limit);
          entries.push(...found);
          startAfter = page.next;
        } while (startAfter !== undefined);
        return entries.sort();
      };
      for (let limit = 1; limit <= 10; limit++) {
        expect(await pages("", undefined, limit)).toEqual(keys.toSorted());
        expect(await pages("", "/", limit)).toEqual([a, "a-1", "a/", "b/", "c"]);
        expect(await pages("a/", "/", limit)).toEqual(["a/1", "a/2/"]);
        expect(await pages("b/c", "/", limit)).toEqual(["b/c/"]);
        expect(await pages("", "-", limit)).toEqual([a, "a-", "a/1", "a/2/x", "a/2/y", "b/c/d", "b/c/e", "b/f", "c"]);
      }
    });
  });
}
