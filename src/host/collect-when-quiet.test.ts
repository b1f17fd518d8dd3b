import { expect, test } from "vitest";
import { ManualClock } from "../std/clock.ts";
import { collectWhenQuiet } from "./collect-when-quiet.ts";

test("garbage is collected once when work is over, not during it and not while there is none", () => {
  const clock = new ManualClock();
  let cpu = 300;
  let collections = 0;
  const end = collectWhenQuiet(
    clock,
    () => cpu,
    () => {
      collections++;
      cpu += 40;
    },
  );
  const spend = (milliseconds: number): number => {
    cpu += milliseconds;
    clock.advance(15_000);
    return collections;
  };
  // The work of the start; then none; then little, which is not worth it; then much of it, and its end.
  expect([spend(0), spend(0), spend(10), spend(10)]).toEqual([1, 1, 1, 1]);
  expect([spend(4000), spend(5000), spend(301), spend(299), spend(0), spend(5)]).toEqual([1, 1, 1, 2, 2, 2]);
  end();
  expect(spend(9000) + spend(0) + spend(0)).toBe(6);
  expect(clock.nextTimer()).toBeUndefined();
});
