import { expect, test } from "vitest";
import { Bench } from "./bench.ts";
import { executionId } from "./workflow-of.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { ResourcePool } from "../../../src/ports/resource-manager.ts";

const pool: ResourcePool = { namespace: "scripted:default", quota: 1 };

test("an attempt without a token waits, is told of, and begins when another ends", async () => {
  await using bench = await Bench.open(
    { nodes: { a: {}, b: {} } },
    { steps: { a: [["RUNNING", "SUCCESS"]], b: [["RUNNING", "SUCCESS"]] }, pool },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  expect([...bench.world.attempts.keys()]).toHaveLength(1);
  expect([bench.admin.phases("a/0"), bench.admin.phases("b/0")]).toEqual([
    ["QUEUED", "RUNNING"],
    ["QUEUED", "WAITING_FOR_RESOURCES"],
  ]);
  // Only what has happened is looked at.
  for (const attempt of bench.world.unfinished) attempt.position++;
  bench.propeller.wake(executionId, "a");
  await bench.propeller.idle();
  expect(bench.admin.phases("a/0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("b/0")).toEqual(["QUEUED", "WAITING_FOR_RESOURCES", "RUNNING"]);
  await bench.finish();
  const waiting = bench.admin.seen.find(({ phase }) => phase === "WAITING_FOR_RESOURCES")?.event;
  expect(waiting?.level === "task" && [waiting.event.reason, waiting.event.metadata?.resourcePoolInfo]).toEqual([
    "Quota for task has exceeded. Waiting for the resource.",
    [{ allocationToken: "ex-b-0", namespace: "scripted:default" }],
  ]);
  expect(bench.world.violations).toEqual([]);
});

test("an execution that is terminated gives its tokens back, and its places", async () => {
  await using bench = await Bench.open({ nodes: { a: {}, b: {} } }, { steps: { a: [["RUNNING"]], b: [["RUNNING"]] }, pool });
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.workflows.terminate(executionId, "enough");
  await bench.propeller.idle();
  expect(await bench.isOver).toBe(true);
  const execution = { ...executionId, name: "next" };
  await bench.workflows.create({ id: execution, closure: Uint8Array.of(), executionSpec: Uint8Array.of(), inputsUri: "", createdAt: 0 });
  expect(await bench.resources.allocate(pool, { execution, nodeId: "n", token: "t" })).toBe(true);
});

test("an attempt waits no longer than its time", async () => {
  const nodes = { a: {}, b: { metadata: { name: "b", timeout: toDuration(10_000) } } };
  await using bench = await Bench.open({ nodes }, { steps: { a: [["RUNNING"]], b: [["RUNNING"]] }, pool });
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.advance(19_000);
  expect(bench.admin.phases("b")).toEqual(["QUEUED"]);
  await bench.advance(1_000);
  expect(bench.admin.phases("b")).toEqual(["QUEUED", "TIMED_OUT"]);
  expect([...bench.world.attempts.keys()]).toEqual(["ex-a-0"]);
});
