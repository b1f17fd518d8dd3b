import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { uploadOutputs } from "../../../src/copilot/upload-outputs.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { LiteralType } from "../../../src/idl/types.ts";
import { MemoryBlobStore } from "../../support/memory-blob-store.ts";

const { SimpleType } = flyteidl.core;
let root: string;
let directory: string;
let blobs: MemoryBlobStore;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "flyte-copilot-"));
  directory = path.join(root, "out");
  await mkdir(directory);
  blobs = new MemoryBlobStore();
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function upload(types: Readonly<Record<string, LiteralType>>): Promise<flyteidl.core.LiteralMap.$Properties> {
  const variables = Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]));
  const request = { directory, outputs: { variables }, outputUri: "s3://b/o/outputs.pb", rawOutputPrefix: "s3://b/raw/" };
  await uploadOutputs(blobs, request, new AbortController().signal);
  return flyteidl.core.LiteralMap.decode(blobs.objects.get("s3://b/o/outputs.pb") ?? new Uint8Array());
}

const write = (name: string, content: string): Promise<void> => writeFile(path.join(directory, name), content);
const objects = (): Record<string, string> =>
  Object.fromEntries(
    [...blobs.objects].filter(([at]) => at.startsWith("s3://b/raw/")).map(([at, bytes]) => [at.slice(11), Buffer.from(bytes).toString()]),
  );
const integer: LiteralType = { simple: SimpleType.INTEGER };
const file: LiteralType = { blob: { format: "csv" } };

test("files are outputs by their names; what ends otherwise is found if it is alone", async () => {
  await write("x", "5\n");
  await write("s.txt", " text ");
  await mkdir(path.join(directory, "d/deep"), { recursive: true });
  await write("d/top", "1");
  await write("d/deep/low", "2");
  await write("f.csv", "a,b");
  await write("other", "not declared");
  const { literals } = await upload({ x: integer, s: { simple: SimpleType.STRING }, d: { blob: { dimensionality: 1 } }, f: file });
  expect(literals?.["x"]?.scalar?.primitive?.integer?.toString()).toBe("5");
  expect(literals?.["s"]?.scalar?.primitive?.stringValue).toBe("text");
  expect(literals?.["d"]?.scalar?.blob).toMatchObject({ uri: "s3://b/raw/d", metadata: { type: { dimensionality: 1 } } });
  expect(literals?.["f"]?.scalar?.blob).toMatchObject({ uri: "s3://b/raw/f", metadata: { type: {} } });
  expect(objects()).toEqual({ "d/top": "1", "d/deep/low": "2", f: "a,b" });
});

test("links within the directory are followed to files", async () => {
  await write("real", "content");
  await symlink("real", path.join(directory, "f"));
  await mkdir(path.join(directory, "d"));
  await symlink("../real", path.join(directory, "d/link"));
  await upload({ f: file, d: file });
  expect(objects()).toEqual({ f: "content", "d/link": "content" });
});

test.each<[string, () => Promise<void>, Readonly<Record<string, LiteralType>>, string]>([
  ["a missing file", async () => undefined, { x: integer }, "file not found at path [DIR/x]: stat DIR/x: no such file or directory"],
  [
    "two that might be meant",
    async () => (await write("x.a", "1"), await write("x.b", "2")),
    { x: integer },
    "file not found at path [DIR/x]: stat DIR/x: no such file or directory",
  ],
  [
    "text that is no number",
    () => write("x", "one"),
    { x: integer },
    'failed to parse integer value: strconv.ParseInt: parsing "one": invalid syntax',
  ],
  [
    "a directory for a number",
    async () => await mkdir(path.join(directory, "x")),
    { x: integer },
    "expected file for type [INTEGER], found dir at path [DIR/x]",
  ],
  ["much text", () => write("x", "1".repeat(1025)), { x: integer }, "maximum allowed filesize is [1024], but found [1025]"],
  [
    "a list",
    async () => undefined,
    { x: { collectionType: integer } },
    "currently CoPilot uploader does not support [collection_type:{simple:INTEGER}], system error",
  ],
  [
    "what the task says itself",
    async () => (await write("x", "1"), await write("_ERROR", "disk\nflat\n")),
    { x: integer },
    "User Error: disk\nflat\n",
  ],
  ["an error that is a directory", async () => await mkdir(path.join(directory, "_ERROR")), { x: integer }, "error file is a directory"],
  ["an error without end", () => write("_ERROR", "x".repeat((1 << 20) + 1)), { x: integer }, "error file too large 1048577"],
  [
    "a link out",
    () => symlink("/etc/hostname", path.join(directory, "x")),
    { x: file },
    "[DIR/x] is a link that leads out of the directory of outputs",
  ],
  [
    "a link out from within a directory",
    async () => (await mkdir(path.join(directory, "x")), await symlink("../../secret", path.join(directory, "x/l"))),
    { x: file },
    "[DIR/x/l] is a link that leads out of the directory of outputs",
  ],
  [
    "an error that is a link out",
    () => symlink("../secret", path.join(directory, "_ERROR")),
    { x: integer },
    "is a link that leads out of the directory of outputs",
  ],
  [
    "a pipe that nobody writes",
    async () => void execFileSync("mkfifo", [path.join(directory, "x")]),
    { x: file },
    "[DIR/x] is neither a file nor a directory",
  ],
  ["a name that leads elsewhere", async () => undefined, { "../secret": integer }, "[../secret] cannot be the name of a file"],
])("%s is told, and nothing counts as given", async (_, prepare, types, message) => {
  await writeFile(path.join(root, "secret"), "5");
  await prepare();
  await expect(upload(types)).rejects.toThrow(message.replaceAll("DIR", directory));
  expect([...blobs.objects.keys()]).not.toContain("s3://b/o/outputs.pb");
});

test("a store that fails fails the upload", async () => {
  await write("f", "content");
  blobs.put = () => Promise.reject(new Error("the store is full"));
  await expect(upload({ f: file })).rejects.toThrow("the store is full");
});
