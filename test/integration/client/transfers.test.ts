import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { download, upload } from "../../../src/client/transfers.ts";

interface Got {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

let server: http.Server;
let base: string;
let got: Got[] = [];
let answer: (response: http.ServerResponse, attempt: number) => void = (response) => void response.end();

beforeAll(async () => {
  server = http.createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    got.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts) });
    answer(response, got.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  got = [];
});

const body = Buffer.alloc(700_000, "abc");
const md5 = createHash("md5").update(body).digest();

test("bytes and files are PUT with their length, their MD5 and the given headers, and progress is told", async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), "flyte-transfer-"));
  const file = path.join(directory, "code.tar.gz");
  await writeFile(file, body);
  answer = (response) => void response.end();
  for (const source of [body, { file }]) {
    const progress: [number, number | undefined][] = [];
    await upload(
      { url: `${base}/b/k?X-Amz-Signature=s3cret`, headers: { "x-amz-meta-m": "v" }, body: source, md5 },
      { onProgress: (done, total) => void progress.push([done, total]) },
    );
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toEqual([700_000, 700_000]);
  }
  await rm(directory, { recursive: true });
  expect(got).toHaveLength(2);
  for (const { method, url, headers, body: received } of got) {
    expect([method, url]).toEqual(["PUT", "/b/k?X-Amz-Signature=s3cret"]);
    expect(headers).toMatchObject({ "content-length": "700000", "content-md5": md5.toString("base64"), "x-amz-meta-m": "v" });
    expect(headers["transfer-encoding"]).toBeUndefined();
    expect(received.equals(body)).toBe(true);
  }
});

test("a busy store is tried again; the fourth refusal is the last", async () => {
  answer = (response, attempt) => void response.writeHead(attempt < 3 ? 503 : 200).end();
  await upload({ url: `${base}/b/k`, headers: {}, body, md5 });
  expect(got.map((one) => one.body.length)).toEqual([700_000, 700_000, 700_000]);
  got = [];
  answer = (response) => void response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
  await expect(upload({ url: `${base}/b/k`, headers: {}, body, md5 })).rejects.toMatchObject({
    code: "TRANSFER_FAILED",
    message: expect.stringContaining("HTTP 503 SlowDown") as string,
  });
  expect(got).toHaveLength(4);
});

test("a refusal is told with the store's words, without the signature, and once", async () => {
  answer = (response) => void response.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code><Message>No.</Message></Error>");
  const failed = upload({ url: `${base}/b/k?X-Amz-Signature=s3cret`, headers: {}, body, md5 });
  await expect(failed).rejects.toMatchObject({
    code: "TRANSFER_FAILED",
    blame: "deployment",
    message: `the upload of /b/k at ${new URL(base).host} failed: HTTP 403 SignatureDoesNotMatch No.`,
  });
  expect(got).toHaveLength(1);
});

test("a download gives the bytes; beyond the limit it is refused", async () => {
  answer = (response) => void response.end(body);
  expect(Buffer.from(await download(`${base}/b/k`, 700_000)).equals(body)).toBe(true);
  await expect(download(`${base}/b/k`, 699_999)).rejects.toMatchObject({ status: "RESOURCE_EXHAUSTED" });
  answer = (response) => {
    response.write(body);
    response.end(body);
  };
  await expect(download(`${base}/b/k`, 700_001)).rejects.toMatchObject({ status: "RESOURCE_EXHAUSTED" });
});

test("a store that falls silent or is not there fails, and a cancellation ends it", async () => {
  answer = () => {};
  const abort = new AbortController();
  const hanging = download(`${base}/b/k`, 1, { signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await expect(hanging).rejects.toMatchObject({ status: "CANCELLED" });
  await expect(download("http://localhost:1/b/k", 1)).rejects.toMatchObject({
    code: "TRANSFER_FAILED",
    message: expect.stringContaining("ECONNREFUSED") as string,
  });
  server.closeAllConnections();
});
