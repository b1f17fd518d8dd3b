import http2 from "node:http2";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { connect } from "../../../src/client/connect.ts";
import { ManualClock } from "../../../src/std/clock.ts";

async function listening(server: net.Server, host = "127.0.0.1"): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

const nothing = new Uint8Array();

test("a call's own end and its cancellation are kept while the connection is still being made", async () => {
  // It accepts, and never says a word of TLS.
  const silent = net.createServer();
  const port = await listening(silent);
  const client = connect({ endpoint: `127.0.0.1:${port}`, insecure: false, connectTimeoutMs: 3_000 });
  const started = performance.now();
  const cancelling = new AbortController();
  const ends = Promise.all([
    expect(client.unary("s", "GetX", nothing, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "ENDPOINT_UNREACHABLE",
      message: expect.stringContaining("in time") as string,
    }),
    expect(client.unary("s", "GetX", nothing, { signal: cancelling.signal })).rejects.toMatchObject({ status: "CANCELLED" }),
  ]);
  setTimeout(() => cancelling.abort(), 100);
  await ends;
  expect(performance.now() - started).toBeLessThan(2_000);
  silent.close();
  await client.close();
});

test("however many calls are open, one ping is sent every 20 s: Go's servers hang up on who asks more", async () => {
  const server = http2.createServer();
  let pings = 0;
  let calls = 0;
  server.on("session", (session) => session.on("ping", () => pings++).on("error", () => {}));
  server.on("stream", (stream) => void (calls++, stream.on("error", () => {})));
  const clock = new ManualClock(1);
  const client = connect({ endpoint: `127.0.0.1:${await listening(server)}`, insecure: true, clock, timeoutMs: 0 });
  const open = Array.from({ length: 5 }, () => client.unary("s", "CreateX", nothing).catch(() => undefined));
  await expect.poll(() => calls).toBe(5);
  clock.advance(20_000);
  await expect.poll(() => pings).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(pings).toBe(1);
  clock.advance(20_000);
  await expect.poll(() => pings).toBe(2);
  await client.close();
  await Promise.all(open);
  await new Promise((resolve) => server.close(resolve));
});

test("localhost is IPv4's, or IPv6's when nothing listens there, and the server is told the name", async () => {
  const server = http2.createServer();
  const authorities: unknown[] = [];
  server.on("stream", (stream, headers) => {
    authorities.push(headers[":authority"]);
    stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "5", "grpc-message": "none" }, { endStream: true });
  });
  for (const host of ["127.0.0.1", "::1"]) {
    const port = await listening(server, host);
    const client = connect({ endpoint: `localhost:${port}`, insecure: true });
    await expect(client.unary("s", "GetX", nothing)).rejects.toMatchObject({ status: "NOT_FOUND", message: "none" });
    expect(authorities.pop()).toBe(`localhost:${port}`);
    await client.close();
    await new Promise((resolve) => server.close(resolve));
  }
});
