import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { expect, test } from "vitest";
import { ManualClock } from "../../../src/std/clock.ts";
import { amzTimestamp, scopeText, signingKey, signRequest } from "../../../src/stores/objects/canonical-request.ts";
import { presignUrl } from "../../../src/stores/objects/presign-url.ts";
import { bucket, credentials, servedStore } from "./opened-store.ts";

const start = Date.parse("2026-01-31T12:00:00Z");
const md5 = (text: string): Buffer => createHash("md5").update(text).digest();

interface Raw {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** A request sent just as it is given: fetch would normalize the path. */
function send(endpoint: string, method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(endpoint, { method, path, headers, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces).toString() }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function signed(
  endpoint: string,
  now: number,
  method: string,
  path: string,
  extra: Record<string, string> = {},
  secret = credentials.secretKey,
) {
  const timestamp = amzTimestamp(now);
  const scope = { day: timestamp.slice(0, 8), region: "eu-west-7" };
  const all: Record<string, string> = {
    host: new URL(endpoint).host,
    "x-amz-date": timestamp,
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    ...extra,
  };
  const headers = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
  const payloadHash = all["x-amz-content-sha256"] ?? "";
  const signature = signRequest(
    { method, path: decodeURIComponent(path), query: [], headers, payloadHash },
    timestamp,
    scope,
    signingKey(secret, scope),
  );
  const names = headers.map(([name]) => name).join(";");
  return {
    ...all,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKey}/${scopeText(scope)}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const codeOf = (answer: Raw): string => /<Code>(.*)<\/Code>/.exec(answer.body)?.[1] ?? "";

test("the signature of the example in AWS's documentation", () => {
  const url = presignUrl({
    method: "GET",
    bucket: "examplebucket",
    key: "test.txt",
    headers: {},
    signer: {
      endpoint: "https://s3.amazonaws.com",
      accessKey: "AKIAIOSFODNN7EXAMPLE",
      secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
      region: "us-east-1",
    },
    expiresInSeconds: 86400,
    now: Date.parse("2013-05-24T00:00:00Z"),
  });
  expect(new URL(url).searchParams.get("X-Amz-Credential")).toBe("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request");
  // The documented one is for the virtual-hosted address; the parts are the same but for path and host.
  const scope = { day: "20130524", region: "us-east-1" };
  const documented = signRequest(
    {
      method: "GET",
      path: "/test.txt",
      query: [
        ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
        ["X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"],
        ["X-Amz-Date", "20130524T000000Z"],
        ["X-Amz-Expires", "86400"],
        ["X-Amz-SignedHeaders", "host"],
      ],
      headers: [["host", "examplebucket.s3.amazonaws.com"]],
      payloadHash: "UNSIGNED-PAYLOAD",
    },
    "20130524T000000Z",
    scope,
    signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope),
  );
  expect(documented).toBe("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
});

test("unsigned, forged, late and early requests are refused", async () => {
  const clock = new ManualClock(start);
  await using store = await servedStore(clock);
  const path = `/${bucket}/x`;
  await store.blobs.put(`${store.base}/x`, Buffer.from("content"));
  const attempt = async (headers: Record<string, string>) => {
    const answer = await send(store.endpoint, "GET", path, headers);
    return [answer.status, codeOf(answer)];
  };
  const good = signed(store.endpoint, start, "GET", path);
  expect((await send(store.endpoint, "GET", path, good)).body).toBe("content");
  expect(await attempt({})).toEqual([403, "AccessDenied"]);
  expect(await attempt({ authorization: "AWS minio:abc" })).toEqual([400, "InvalidRequest"]);
  expect(await attempt({ ...good, authorization: good.authorization.replace(/.$/, (last) => (last === "0" ? "1" : "0")) })).toEqual([
    403,
    "SignatureDoesNotMatch",
  ]);
  expect(await attempt(signed(store.endpoint, start, "GET", path, {}, "wrong"))).toEqual([403, "SignatureDoesNotMatch"]);
  expect(await attempt({ ...good, authorization: good.authorization.replace("minio", "other") })).toEqual([403, "InvalidAccessKeyId"]);
  expect(await attempt(signed(store.endpoint, start - 901_000, "GET", path))).toEqual([403, "RequestTimeTooSkewed"]);
  expect(await attempt(signed(store.endpoint, start + 901_000, "GET", path))).toEqual([403, "RequestTimeTooSkewed"]);
  expect(await attempt({ ...good, "x-amz-meta-more": "1" })).toEqual([403, "AccessDenied"]);
  expect(await attempt(signed(store.endpoint, start, "GET", `${path}y`))).toEqual([403, "SignatureDoesNotMatch"]);
  expect((await send(store.endpoint, "DELETE", path, good)).status).toBe(403);
  expect((await send(store.endpoint, "HEAD", path)).body).toBe("");
  expect(await store.blobs.head(`${store.base}/x`)).toBeDefined();
});

test("signed URLs hold for their time, method, object and digest", async () => {
  const clock = new ManualClock(start);
  await using store = await servedStore(clock);
  const uri = `${store.base}/flytesnacks/development/ABC====/my file.tar.gz`;
  const upload = await store.blobs.signUpload(uri, {
    expiresInSeconds: 60,
    contentMd5: md5("payload"),
    metadata: { flyteContentMD5: "x" },
  });
  expect(upload.headers).toEqual({ "Content-MD5": md5("payload").toString("base64"), "x-amz-meta-flytecontentmd5": "x" });
  expect(upload.expiresAt).toBe(start + 60_000);
  const put = async (url: string, headers: Record<string, string>, body = "payload") => {
    const answer = await fetch(url, { method: "PUT", headers, body });
    return [answer.status, /<Code>(.*)<\/Code>/.exec(await answer.text())?.[1]];
  };
  expect(await put(upload.url, {})).toEqual([403, "SignatureDoesNotMatch"]);
  expect(await put(upload.url, { ...upload.headers, "Content-MD5": md5("other").toString("base64") })).toEqual([
    403,
    "SignatureDoesNotMatch",
  ]);
  expect(await put(upload.url, upload.headers, "other")).toEqual([400, "BadDigest"]);
  expect(await put(upload.url.replace("my%20file", "your%20file"), upload.headers)).toEqual([403, "SignatureDoesNotMatch"]);
  expect(await put(upload.url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"), upload.headers)).toEqual([403, "SignatureDoesNotMatch"]);
  expect(await store.blobs.head(uri)).toBeUndefined();
  expect(await put(upload.url, upload.headers)).toEqual([200, undefined]);
  expect(await store.blobs.head(uri)).toMatchObject({ size: 7, metadata: { flytecontentmd5: "x" } });
  const download = await store.blobs.signDownload(uri, { expiresInSeconds: 60 });
  expect(await (await fetch(download.url)).text()).toBe("payload");
  expect((await fetch(download.url, { method: "PUT", body: "x" })).status).toBe(403);
  clock.advance(60_001);
  for (const late of [await fetch(download.url), await fetch(upload.url, { method: "PUT", headers: upload.headers, body: "payload" })]) {
    expect(late.status).toBe(403);
    expect(await late.text()).toContain("Request has expired");
  }
  clock.advance(3600_000);
  const early = await store.blobs.signDownload(uri, { expiresInSeconds: 60 });
  clock.advance(-3600_000);
  expect(await (await fetch(early.url)).text()).toContain("Request is not valid yet");
  await expect(store.blobs.signDownload(uri, { expiresInSeconds: 604_801 })).rejects.toMatchObject({ status: "INVALID_ARGUMENT" });
  const long = download.url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801");
  expect(await (await fetch(long)).text()).toContain("AuthorizationQueryParametersError");
});

test("the body must be what the headers say", async () => {
  await using store = await servedStore(new ManualClock(start));
  const path = `/${bucket}/x`;
  const put = async (headers: Record<string, string>, body: string, more: Record<string, string> = {}) => {
    const answer = await send(store.endpoint, "PUT", path, { ...signed(store.endpoint, start, "PUT", path, headers), ...more }, body);
    return [answer.status, codeOf(answer)];
  };
  const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
  expect(await put({ "x-amz-content-sha256": sha("other") }, "body")).toEqual([400, "XAmzContentSHA256Mismatch"]);
  expect(await put({ "x-amz-content-sha256": "nonsense" }, "body")).toEqual([400, "InvalidArgument"]);
  expect(await put({}, "body", { "content-md5": "nonsense" })).toEqual([400, "InvalidDigest"]);
  expect(await put({}, "body", { "content-md5": md5("other").toString("base64") })).toEqual([400, "BadDigest"]);
  expect(await put({ "x-amz-checksum-crc32": "AAAAAA==" }, "body")).toEqual([400, "BadDigest"]);
  expect(await put({}, "body", { "transfer-encoding": "chunked" })).toEqual([411, "MissingContentLength"]);
  expect(await put({ "x-amz-acl": "public-read" }, "body")).toEqual([501, "NotImplemented"]);
  const chunked = (length: number) => ({
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-decoded-content-length": String(length),
    "x-amz-trailer": "x-amz-checksum-crc32",
  });
  const trailed = (crc: string) => `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`;
  expect(await put(chunked(8), trailed("y/Q5Jg=="))).toEqual([400, "IncompleteBody"]);
  expect(await put(chunked(10), trailed("y/Q5Jg=="))).toEqual([400, "IncompleteBody"]);
  expect(await put(chunked(9), trailed("AAAAAA=="))).toEqual([400, "BadDigest"]);
  expect(await put(chunked(9), "9\r\n123456789\r\n0\r\n\r\n")).toEqual([400, "InvalidRequest"]);
  expect(await store.blobs.head(`${store.base}/x`)).toBeUndefined();
  expect(await put(chunked(9), trailed("y/Q5Jg=="))).toEqual([200, ""]);
  expect(await store.blobs.head(`${store.base}/x`)).toMatchObject({ size: 9 });
  // CRC-32 of "123456789" is 0xcbf43926, as in every description of it.
  expect(await put({ "x-amz-checksum-crc32": Buffer.from("cbf43926", "hex").toString("base64") }, "123456789")).toEqual([200, ""]);
  expect(await put({ "x-amz-content-sha256": sha("body") }, "body", { "content-md5": md5("body").toString("base64") })).toEqual([200, ""]);
});

test("keys with .. in the path are keys like others", async () => {
  await using store = await servedStore(new ManualClock(start));
  for (const path of [`/${bucket}/../../../../etc/passwd`, `/${bucket}/%2e%2e/%2e%2e/x`, `/${bucket}/a/./b//c`]) {
    const put = await send(store.endpoint, "PUT", path, signed(store.endpoint, start, "PUT", path), "mine");
    expect(put.status).toBe(200);
    const got = await send(store.endpoint, "GET", path, signed(store.endpoint, start, "GET", path));
    expect(got.body).toBe("mine");
  }
  expect((await store.blobs.list(store.base)).items.map((item) => item.uri.slice(store.base.length + 1))).toEqual([
    "../../../../etc/passwd",
    "../../x",
    "a/./b//c",
  ]);
  const above = "/../etc/passwd";
  expect(codeOf(await send(store.endpoint, "GET", above, signed(store.endpoint, start, "GET", above)))).toBe("InvalidBucketName");
  const broken = `/${bucket}/%ff`;
  expect(codeOf(await send(store.endpoint, "GET", broken, { "x-amz-date": "" }))).toBe("InvalidURI");
});

test("strange host names are refused, configured ones are not", async () => {
  await using store = await servedStore(new ManualClock(start), { hosts: ["host.docker.internal"] });
  const path = "/";
  const statusOf = async (host: string) =>
    (await send(store.endpoint, "GET", path, { ...signed(`http://${host}`, start, "GET", path), host })).status;
  expect(await statusOf("host.docker.internal:9000")).toBe(200);
  expect(await statusOf("localhost:1")).toBe(200);
  expect(await statusOf("evil.example")).toBe(403);
  expect(await statusOf("127.0.0.1.evil.example")).toBe(403);
});

test("pages of listed origins may use signed URLs, others may not read answers", async () => {
  await using store = await servedStore(new ManualClock(start), { origins: ["http://localhost:30080"] });
  const { url } = await store.blobs.signUpload(`${store.base}/x`, { expiresInSeconds: 60 });
  const target = new URL(url);
  const preflight = (origin: string, method = "PUT") =>
    send(store.endpoint, "OPTIONS", target.pathname + target.search, {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "content-type,content-md5",
    });
  const allowed = await preflight("http://localhost:30080");
  expect(allowed.status).toBe(200);
  expect(allowed.headers).toMatchObject({
    "access-control-allow-origin": "http://localhost:30080",
    "access-control-allow-methods": "GET, HEAD, PUT",
    "access-control-allow-headers": "content-type,content-md5",
  });
  expect((await preflight("http://evil.example")).status).toBe(403);
  expect((await preflight("http://localhost:30080", "DELETE")).status).toBe(403);
  expect((await preflight(store.endpoint)).status).toBe(200);
  const put = await send(store.endpoint, "PUT", target.pathname + target.search, { origin: "http://localhost:30080" }, "x");
  expect([put.status, put.headers["access-control-allow-origin"]]).toEqual([200, "http://localhost:30080"]);
  const foreign = await send(store.endpoint, "PUT", target.pathname + target.search, { origin: "http://evil.example" }, "x");
  expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
});
