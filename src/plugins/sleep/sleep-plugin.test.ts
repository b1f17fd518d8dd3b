import { expect, test } from "vitest";
import { toDuration } from "../../idl/time.ts";
import type { Literal } from "../../idl/types.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { ManualClock } from "../../std/clock.ts";
import { createSleepPlugin } from "./sleep-plugin.ts";

const duration = (milliseconds: number): Literal => ({ scalar: { primitive: { duration: toDuration(milliseconds) } } });
const contextOf = (literals: Record<string, Literal>, state?: TaskContext["state"]): TaskContext =>
  ({
    id: { node: { execution: { project: "p", domain: "d", name: "e" }, nodeId: "n0" } },
    generatedName: "e-n0-0",
    state,
    inputs: async () => ({ literals }),
  }) as unknown as TaskContext;

const open = () => {
  const clock = new ManualClock(1_000);
  const woken: string[] = [];
  const host = { blobs: {} as never, wake: (_: unknown, nodeId?: string) => void woken.push(`${nodeId} at ${clock.now()}`) };
  return { clock, woken, host, plugin: createSleepPlugin(host, clock) };
};

test("it sleeps as long as it is told, is woken once, and a restart makes it no longer", async () => {
  const { clock, woken, host, plugin } = open();
  const first = await plugin.handle(contextOf({ how_long: duration(5_000) }));
  expect(first).toMatchObject({ phase: "RUNNING", occurredAt: 1_000, state: { since: 1_000 } });
  clock.advance(4_000);
  expect(woken).toEqual([]);
  const restarted = createSleepPlugin(host, clock);
  expect(await restarted.handle(contextOf({ how_long: duration(5_000) }, first.state))).toEqual(first);
  await plugin.finalize(contextOf({}));
  clock.advance(1_000);
  expect(woken).toEqual(["n0 at 6000"]);
  expect(await restarted.handle(contextOf({ how_long: duration(5_000) }, first.state))).toMatchObject({ phase: "SUCCESS" });
});

test("no time at all is over at once", async () => {
  expect(await open().plugin.handle(contextOf({ d: duration(0) }))).toMatchObject({ phase: "SUCCESS" });
});

test.each<[string, Record<string, Literal>, string]>([
  ["nothing", {}, "a task that sleeps takes one duration, how long; its inputs are []"],
  ["a number", { d: { scalar: { primitive: { floatValue: 1 } } } }, "a task that sleeps takes one duration, how long; its inputs are [d]"],
  ["two", { d: duration(1), e: duration(2) }, "a task that sleeps takes one duration, how long; its inputs are [d, e]"],
  ["less than none", { d: duration(-1) }, "nobody can sleep for [-1] ms, as [d] says"],
])("of %s nothing can be made", async (_, literals, message) => {
  expect(await open().plugin.handle(contextOf(literals))).toMatchObject({
    phase: "PERMANENT_FAILURE",
    error: { code: "BadTaskSpecification", message, kind: "USER" },
  });
});
