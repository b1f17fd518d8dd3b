import { expect, test } from "vitest";
import { keepLeases } from "../../../src/host/keep-leases.ts";
import { ManualClock } from "../../../src/std/clock.ts";
import { openStores } from "../../../src/stores/sql/open-stores.ts";
import { execution } from "../../contract/state-rows.ts";

test("what a living process has claimed stays its own; when it has ended another gets it", async () => {
  const clock = new ManualClock(1_000_000);
  const { workflows, close } = await openStores({ path: ":memory:", clock });
  await workflows.create({ id: execution("x"), closure: new Uint8Array(), executionSpec: new Uint8Array(), inputsUri: "", createdAt: 0 });
  const start = clock.now();
  expect(await workflows.claim(execution("x"), "me", start, start + 30_000)).toBeDefined();
  const warnings: string[] = [];
  const logger = { info: () => {}, warn: (text: string) => void warnings.push(text), error: () => {} };
  const end = keepLeases(workflows, "me", clock, logger);
  const other = async () => (await workflows.claim(execution("x"), "other", clock.now(), clock.now())) !== undefined;
  for (let seconds = 10; seconds <= 120; seconds += 10) {
    clock.advance(10_000);
    // Its write is awaited by one behind it.
    expect(await other(), `after ${seconds} s`).toBe(false);
  }
  await end();
  clock.advance(29_000);
  expect(await other()).toBe(false);
  clock.advance(1_000);
  expect(await other()).toBe(true);
  expect(warnings).toEqual([]);
  await close();
});
