import { expect, test } from "vitest";
import { systemClock } from "../../src/std/clock.ts";
import { connectPatiently } from "../../src/stores/sql/connect-patiently.ts";
import { openStores } from "../../src/stores/sql/open-stores.ts";
import { project } from "../contract/state-rows.ts";
import { CutProxy } from "../support/cut-proxy.ts";
import { freePort } from "../support/free-port.ts";
import { TestPostgres } from "../support/postgres.ts";

const never = new AbortController().signal;

/** The database of `server`, at another port. */
function at(port: number, server: TestPostgres): string {
  const url = new URL(server.url());
  url.port = String(port);
  return url.href;
}

test("a server that is there later is waited for, also behind an address that answers before it does", async () => {
  await using server = await TestPostgres.start();
  await using proxy = await CutProxy.to(server.port);
  for (const postgres of [server.url(), at(proxy.port, server)]) {
    await server.down();
    const told: string[] = [];
    const patience = { forMs: 30_000, signal: never, onWait: (why: string) => void told.push(why) };
    let isOpen = false;
    const opening = openStores({ postgres, clock: systemClock, patience }).finally(() => (isOpen = true));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(isOpen).toBe(false);
    await server.up();
    const { state, close } = await opening;
    await state.write((writer) => writer.projects.insert(project({ identifier: postgres === server.url() ? "one" : "two" })));
    expect((await state.read.projects.get("one"))?.identifier).toBe("one");
    await close();
    expect(told).toHaveLength(1);
  }
});

test("without patience, or when it ends, the error is the one of a server that is not there", async () => {
  const postgres = `postgres://flyte@127.0.0.1:${await freePort()}/none`;
  const refused = { code: "DATABASE_OPEN_FAILED", message: expect.stringContaining("ECONNREFUSED") as string };
  await expect(openStores({ postgres, clock: systemClock })).rejects.toMatchObject(refused);
  const started = Date.now();
  const patience = { forMs: 400, signal: never, onWait: () => undefined };
  await expect(openStores({ postgres, clock: systemClock, patience })).rejects.toMatchObject(refused);
  expect(Date.now() - started).toBeGreaterThanOrEqual(400);
});

test("a server that refuses is not asked again", async () => {
  await using server = await TestPostgres.start();
  const waits: string[] = [];
  const patience = { forMs: 30_000, signal: never, onWait: (why: string) => void waits.push(why) };
  const wrong = server.url("no_such_database");
  await expect(openStores({ postgres: wrong, clock: systemClock, patience })).rejects.toMatchObject({
    message: expect.stringContaining('database "no_such_database" does not exist') as string,
  });
  expect(waits).toEqual([]);
});

test("whoever ends the waiting has that as the reason", async () => {
  const ending = new AbortController();
  const reason = new Error("enough");
  const patience = { forMs: 60_000, signal: ending.signal, onWait: () => ending.abort(reason) };
  const config = { host: "127.0.0.1", port: await freePort() };
  await expect(connectPatiently(config, systemClock, patience)).rejects.toBe(reason);
  await expect(openStores({ postgres: `postgres://127.0.0.1:${config.port}/none`, clock: systemClock, patience })).rejects.toBe(reason);
});
