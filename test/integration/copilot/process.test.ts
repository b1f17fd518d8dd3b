import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { readBlob } from "../../../src/ports/read-blob.ts";
import { credentials, servedStore } from "../objects/opened-store.ts";

let directory: string;
let store: Awaited<ReturnType<typeof servedStore>>;
const running = new Set<ChildProcessByStdio<null, null, Readable>>();

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "flyte-copilot-"));
  store = await servedStore();
});
afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const script = path.join(import.meta.dirname, "run.ts");

function begin(...args: readonly string[]): ChildProcessByStdio<null, null, Readable> {
  const env = {
    ...process.env,
    FLYTE_AWS_ENDPOINT: store.endpoint,
    FLYTE_AWS_ACCESS_KEY_ID: credentials.accessKey,
    FLYTE_AWS_SECRET_ACCESS_KEY: credentials.secretKey,
  };
  const child = spawn(process.execPath, [script, "copilot", ...args], { stdio: ["ignore", "ignore", "pipe"], env });
  running.add(child);
  return child;
}

async function ended(child: ChildProcessByStdio<null, null, Readable>): Promise<{ code: number | null; said: string }> {
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  running.delete(child);
  return { code, said };
}

async function errorAt(uri: string): Promise<object> {
  const { error } = flyteidl.core.ErrorDocument.decode(await readBlob(store.blobs, uri, 1 << 20));
  return { code: error?.code, message: error?.message, kind: error?.kind };
}

const { RECOVERABLE } = flyteidl.core.ContainerError.Kind;
const outputs = { variables: { x: { type: { simple: flyteidl.core.SimpleType.INTEGER } } } };
const own = Buffer.from(flyteidl.core.TypedInterface.encode({ outputs }).finish()).toString("base64");
const sidecar = (...more: readonly string[]): readonly string[] => [
  "sidecar",
  "--to-output-prefix",
  `${store.base}/out`,
  "--to-raw-output",
  `${store.base}/raw`,
  "--from-local-dir",
  directory,
  "--interface",
  own,
  ...more,
];

test("inputs are fetched from the store that the pod's variables name", async () => {
  const literals = { x: { scalar: { primitive: { stringValue: "five" } } } };
  await store.blobs.put(`${store.base}/in/inputs.pb`, flyteidl.core.LiteralMap.encode({ literals }).finish());
  const to = path.join(directory, "in");
  const from = ["-f", `${store.base}/in/inputs.pb`, "--to-output-prefix", `${store.base}/out`, "-o", to, "-m", "YAML"];
  expect(await ended(begin("download", ...from))).toMatchObject({ code: 0 });
  expect(await readFile(path.join(to, "x"), "utf8")).toBe("five");
  expect(await readFile(path.join(to, "inputs.yaml"), "utf8")).toBe("x: five\n");
});

test("inputs that are not there are an error document, under the name that is asked for, and an end that stops the pod", async () => {
  const from = ["--from-remote", `${store.base}/in/inputs.pb`, "--to-output-prefix", `${store.base}/out`, "--to-local-dir", directory];
  const { code, said } = await ended(begin("download", ...from, "--err-output-name", "error.pb"));
  expect(code).toBe(1);
  expect(said).toContain("InputDownloadFailed: failed to download input metadata message from remote store: ");
  expect(await errorAt(`${store.base}/out/error.pb`)).toMatchObject({
    code: "InputDownloadFailed",
    message: expect.stringContaining("failed to download input metadata message from remote store: ") as string,
    kind: RECOVERABLE,
  });
});

test("the sidecar listens when `ready` says so, waits for SIGTERM, and sends what is there then", async () => {
  const child = begin(...sidecar());
  const end = ended(child);
  expect(await ended(begin("ready"))).toEqual({ code: 0, said: "" });
  await writeFile(path.join(directory, "x"), "5");
  expect(child.exitCode).toBeNull();
  expect(await store.blobs.head(`${store.base}/out/outputs.pb`)).toBeUndefined();
  child.kill("SIGTERM");
  expect(await end).toMatchObject({ code: 0 });
  const { literals } = flyteidl.core.LiteralMap.decode(await readBlob(store.blobs, `${store.base}/out/outputs.pb`, 1000));
  expect(literals?.["x"]?.scalar?.primitive?.integer?.toString()).toBe("5");
});

test("outputs that are not there are an error document, as Flyte names it unless told otherwise", async () => {
  expect(await ended(begin(...sidecar("--start-watcher-type", "noop")))).toMatchObject({ code: 0 });
  expect(await errorAt(`${store.base}/out/errors.pb`)).toEqual({
    code: "OutputUploadFailed",
    message: `file not found at path [${directory}/x]: stat ${directory}/x: no such file or directory`,
    kind: RECOVERABLE,
  });
});

test.each([
  [["copy"], "there is no flyte copilot copy"],
  [["download"], "--from-remote is required"],
  [["download", "--nonsense"], "Unknown option '--nonsense'"],
  [
    ["sidecar", "-o", "s3://b/o", "-x", "s3://b/r", "-f", "/x", "--start-watcher-type", "file"],
    "--start-watcher-type is one of signal, noop, not file",
  ],
  [["sidecar", "-o", "s3://b/o", "-x", "s3://b/r", "-f", "/x", "-t", "soon"], 'time: invalid duration "soon"'],
  [
    ["download", "-f", "s3://b/i", "--to-output-prefix", "s3://b/o", "-o", "/x", "-m", "TOML"],
    "--format is one of JSON, YAML, PROTO, not TOML",
  ],
])("%j is refused", async (args, message) => {
  const { code, said } = await ended(begin(...args));
  expect(code).toBe(2);
  expect(said).toContain(message);
});
