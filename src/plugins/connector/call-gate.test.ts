import { expect, test } from "vitest";
import { ManualClock } from "../../std/clock.ts";
import { CallGate } from "./call-gate.ts";

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

test("so many come at once, and then so many a second", async () => {
  const clock = new ManualClock(0);
  const gate = new CallGate(clock, { qps: 10, burst: 3 }, 100);
  const times: number[] = [];
  for (let call = 0; call < 8; call++) void gate.run(async () => void times.push(clock.now()));
  await turns();
  for (let step = 0; step < 10; step++) {
    clock.advance(100);
    await turns();
  }
  expect(times).toEqual([0, 0, 0, 100, 200, 300, 400, 500]);
});

test("calls that hang keep others waiting, but only so many", async () => {
  const gate = new CallGate(new ManualClock(0), { qps: 1000, burst: 1000 }, 2);
  let begun = 0;
  const ends: (() => void)[] = [];
  for (let call = 0; call < 5; call++) void gate.run(() => new Promise<void>((resolve) => (begun++, ends.push(resolve))));
  await turns();
  expect(begun).toBe(2);
  ends.shift()?.();
  await turns();
  expect(begun).toBe(3);
});

test("a call that fails makes room, too", async () => {
  const gate = new CallGate(new ManualClock(0), { qps: 1000, burst: 1000 }, 1);
  await expect(gate.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.run(async () => 7)).toBe(7);
});
