import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminClient } from "../../../src/client/admin-client.ts";
import { connect } from "../../../src/client/connect.ts";
import type { FlyteClient } from "../../../src/client/connect.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { StatusError } from "../../../src/idl/status.ts";
import { testPython } from "../run-python.ts";

let server: ChildProcess;
let client: FlyteClient;
let port = 0;
const admin = "flyteidl.service.AdminService";
const empty = new Uint8Array();

beforeAll(async () => {
  server = spawn(testPython, [path.join(import.meta.dirname, "python_server.py")], { stdio: ["pipe", "pipe", "inherit"] });
  port = await new Promise<number>((resolve, reject) => {
    server.stdout?.once("data", (line: Buffer) => resolve(Number(line.toString())));
    server.once("close", () => reject(new Error("the Python server ended")));
  });
  client = connect({
    endpoint: `dns:///localhost:${port}`,
    insecure: true,
    metadata: () => ({ authorization: "Bearer t" }),
    maxReceive: 10 << 20,
  });
});
afterAll(async () => {
  await client.close();
  server.stdin?.end();
  await new Promise((resolve) => server.once("close", resolve));
});

test("a call carries metadata and its deadline", async () => {
  const reply = await adminClient(client).getVersion({}, { timeoutMs: 70_000 });
  expect(reply.controlPlaneVersion?.Version).toMatch(/^Bearer t (69|70)$/);
});

test("an error comes with text and details as the server sent them", async () => {
  const error = await adminClient(client)
    .getTask({})
    .catch((thrown: unknown) => thrown as StatusError);
  expect(error).toMatchObject({ name: "StatusError", status: "NOT_FOUND", message: "näh: 100%\nsecond line" });
  const [detail] = (error as StatusError).details;
  expect(detail?.typeName).toBe("flyteidl.admin.NamedEntityIdentifier");
  expect(flyteidl.admin.NamedEntityIdentifier.decode(detail?.value ?? empty)).toMatchObject({ project: "pröject", name: "n" });
});

test("an exception of the server is UNKNOWN with its text", async () => {
  await expect(adminClient(client).getWorkflow({})).rejects.toMatchObject({
    status: "UNKNOWN",
    message: expect.stringContaining("python fails") as string,
  });
});

test("UNAVAILABLE is tried again for what reads, and not for what creates", async () => {
  expect(await adminClient(client).listProjects({})).toMatchObject({});
  await expect(adminClient(client).createTask({})).rejects.toMatchObject({ status: "UNAVAILABLE", message: "attempt 1" });
});

test("a deadline and a cancellation end a call", async () => {
  const started = performance.now();
  await expect(client.unary(admin, "GetExecution", empty, { timeoutMs: 200 })).rejects.toMatchObject({ status: "DEADLINE_EXCEEDED" });
  const abort = new AbortController();
  const call = client.unary(admin, "GetExecution", empty, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  await expect(call).rejects.toMatchObject({ status: "CANCELLED" });
  await expect(client.unary(admin, "GetExecution", empty, { signal: abort.signal })).rejects.toMatchObject({ status: "CANCELLED" });
  expect(performance.now() - started).toBeLessThan(3_000);
});

test.each([0, 1, 16_384, 65_531, 1 << 20, 9 << 20])("a reply of %d bytes arrives whole", async (size) => {
  const reply = await client.unary("flyteidl.service.DataProxyService", "GetData", Buffer.from(String(size)));
  expect(reply.length).toBe(size);
  expect(Buffer.from(reply).equals(Buffer.alloc(size, "x"))).toBe(true);
});

test("a reply beyond the limit is refused", async () => {
  await expect(client.unary("flyteidl.service.DataProxyService", "GetData", Buffer.from(String(11 << 20)))).rejects.toMatchObject({
    status: "RESOURCE_EXHAUSTED",
  });
});

test("a stream gives every message, then its status", async () => {
  const lengths: number[] = [];
  for await (const message of client.serverStream("flyte.watch.v1.WatchService", "WatchExecution", Buffer.from("300")))
    lengths.push(message.length);
  expect(lengths).toEqual(Array.from({ length: 300 }, (_unused, index) => index));
  const failing = connect({ endpoint: `127.0.0.1:${port}`, insecure: true, metadata: () => ({ fail: "1" }) });
  let count = 0;
  await expect(async () => {
    for await (const _message of failing.serverStream("flyte.watch.v1.WatchService", "WatchExecution", Buffer.from("2"))) count++;
  }).rejects.toMatchObject({ status: "FAILED_PRECONDITION", message: "after all that" });
  expect(count).toBe(2);
  await failing.close();
});

test("100 calls at once share the connection", async () => {
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_unused, size) => client.unary("flyteidl.service.DataProxyService", "GetData", Buffer.from(String(size)))),
  );
  expect(replies.map((reply) => reply.length)).toEqual(Array.from({ length: 100 }, (_unused, size) => size));
});
