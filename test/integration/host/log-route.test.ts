import { once } from "node:events";
import { createServer, get } from "node:http";
import type { ClientRequest, IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { attemptLogs } from "../../../src/host/attempt-logs.ts";
import { logRoute } from "../../../src/host/log-route.ts";

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Serves `logs` as every attempt's; the path of one. */
async function serve(logs: (signal: AbortSignal | undefined) => AsyncIterable<Uint8Array>): Promise<string> {
  const route = logRoute(attemptLogs({ logs: (_name, options) => logs(options?.signal) }));
  server = createServer((request, response) => void route.handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/logs/a-n0-0`;
}

test("a reader who leaves just before the next piece lets go of the log", async () => {
  let left = (): void => {};
  const over = new Promise<void>((resolve) => (left = resolve));
  const url = await serve(async function* (signal) {
    try {
      yield Buffer.from("first");
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      // Written to a reader who is gone: no `drain` and no `close` will come.
      yield Buffer.from("second");
    } finally {
      left();
    }
  });
  const reader = get(`${url}?follow=true`);
  reader.on("error", () => {});
  const [answer] = (await once(reader, "response")) as [IncomingMessage];
  await once(answer, "data");
  reader.destroy();
  await over;
}, 5_000);

test("a slow reader of a long log gets all of it, and listeners do not pile up", async () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.name);
  process.on("warning", note);
  const piece = Buffer.alloc(256 << 10, "x");
  const url = await serve(async function* () {
    for (let count = 0; count < 40; count++) yield piece;
  });
  const [answer] = (await once(get(url), "response")) as [IncomingMessage];
  let size = 0;
  for await (const part of answer) size += (part as Buffer).length;
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", note);
  expect(size).toBe(40 * piece.length);
  expect(warnings).toEqual([]);
});

test("a log that is no longer kept is answered with why, and not as an empty one", async () => {
  const asked: string[] = [];
  const route = logRoute(
    attemptLogs({
      logs: () => {
        throw new Error("nobody reads it");
      },
      hasLog: (name) => {
        asked.push(name);
        return false;
      },
    }),
  );
  server = createServer((request, response) => void route.handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/logs/a-n0-0`);
  expect([reply.status, await reply.text()]).toEqual([
    410,
    "the log of a-n0-0 is no longer kept: the newest ones are, up to a number, a size and an age (or there never was such an attempt)\n",
  ]);
  expect(asked).toEqual(["a-n0-0"]);
});

test("readers beyond two hundred are told to come again, and may once one has left", async () => {
  const under = { readers: 0 };
  const url = await serve(async function* (signal) {
    under.readers++;
    yield Buffer.from("first");
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    under.readers--;
  });
  const read = async (): Promise<{ request: ClientRequest; status: number | undefined; text: string }> => {
    const request = get(`${url}?follow=true`, { agent: false });
    request.on("error", () => {});
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    const [first] = (await once(answer, "data")) as [Buffer];
    return { request, status: answer.statusCode, text: first.toString() };
  };
  const readers = await Promise.all(Array.from({ length: 200 }, read));
  expect(new Set(readers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await read()).toMatchObject({ status: 429, text: "200 logs are being read at once; try again when one has ended\n" });
  readers[0]?.request.destroy();
  while (under.readers === 200) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  const next = await read();
  expect(next).toMatchObject({ status: 200, text: "first" });
  for (const { request } of [...readers, next]) request.destroy();
});

test.for(["/logs/", "/logs/a/b", "/logs/..%2Fa", "/logs/%00", "/logs/%", "/logs/A"])("%s is no log of an attempt", async (path) => {
  const url = new URL(await serve(() => expect.unreachable()));
  const answer = get({ host: url.hostname, port: url.port, path });
  const [{ statusCode }] = (await once(answer, "response")) as [IncomingMessage];
  expect(statusCode).toBe(404);
  answer.destroy();
});
