import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bucket, servedStore } from "./opened-store.ts";

const python = process.env["FLYTE_TEST_PYTHON"] ?? join(homedir(), ".cache/flyte-test-python/bin/python");

async function run(script: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, script), ...args], { maxBuffer: 1 << 20 });
  return JSON.parse(stdout);
}

test("boto3", async () => {
  await using store = await servedStore();
  expect(await run("boto3_client.py", store.endpoint, bucket)).toEqual({
    get: ["hello", "text/plain", { owner: "me" }],
    head: 5,
    range: "ell",
    absent: ["404", 404],
    "not replaced": ["PreconditionFailed", 412],
    list: ["l/a", "l/a/b", "l/c d", "l/e&f", "l/ü"],
    rolled: [["l/a", "l/c d", "l/e&f", "l/ü"], ["l/a/"]],
    "list v1": ["l/a", "l/a/b", "l/c d", "l/e&f", "l/ü"],
    large: [30 << 20, true],
    "signed put, wrong header": [403, "SignatureDoesNotMatch"],
    "signed put, wrong body": [400, "BadDigest"],
    "signed put": [200, ""],
    "signed get": [200, "payload"],
    left: ["copy", "large", "signed"],
    "version 2": [400, "InvalidRequest"],
    forged: [
      ["SignatureDoesNotMatch", 403],
      ["SignatureDoesNotMatch", 403],
    ],
  });
  expect(store.errors).toEqual([]);
});

test("s3fs", async () => {
  await using store = await servedStore();
  const work = await mkdtemp(join(tmpdir(), "s3fs-"));
  try {
    expect(await run("s3fs_client.py", store.endpoint, bucket, work)).toEqual({
      found: ["one", "sub/empty", "sub/two words"].map((name) => `${bucket}/data/dir/${name}`),
      fetched: { one: "1", "sub/two words": "2", "sub/empty": "" },
      large: true,
      seek: true,
      streamed: 18 << 20,
      exists: [false, true, true],
      left: [],
    });
    expect(store.errors).toEqual([]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});
