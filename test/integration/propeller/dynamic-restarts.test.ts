import Long from "long";
import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { executionId, promise } from "./workflow-of.ts";
import type { NodeExecutionEvent } from "../../../src/idl/types.ts";
import type { WorkflowOf } from "./workflow-of.ts";

const constant = (value: number): { scalar: { primitive: { integer: Long } } } => ({
  scalar: { primitive: { integer: Long.fromNumber(value) } },
});

/** Two nodes, one after the other: 41 and 42. */
const two: WorkflowOf = {
  nodes: { dn0: { inputs: { x: constant(40) } }, dn1: { inputs: { y: promise("dn0") } } },
  outputs: { o: promise("dn1") },
};

const eventOf = (bench: Bench, subject: string, phase: string): NodeExecutionEvent =>
  bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event as NodeExecutionEvent;

test.each(["DIRECT", "JOINED"] as const)(
  "a restart anywhere goes on from the kept workflow, and the task is not run again, %s",
  async (reach) => {
    const workflow: WorkflowOf = {
      nodes: { n0: { makes: { ...two, nodes: { ...two.nodes, dn2: { makes: two } } } } },
      outputs: { o: promise("n0") },
    };
    const calm = await runToEnd(workflow, { reach });
    await calm[Symbol.asyncDispose]();
    for (let turns = 0; turns < 14; turns++) {
      await using bench = await Bench.open(workflow, { reach });
      await bench.propeller.start();
      await bench.propeller.idle();
      for (let turn = 0; turn < turns; turn++) await bench.step();
      await bench.propeller.stop();
      // Compiled again it is the same, down to its version.
      if (turns % 2 === 0)
        for (const uri of bench.blobs.objects.keys()) if (uri.endsWith("/dynamic_compiled.pb")) bench.blobs.objects.delete(uri);
      bench.replacePropeller();
      await bench.propeller.start();
      await bench.finish();
      expect({ turns, order: bench.admin.order.toSorted() }).toEqual({ turns, order: calm.admin.order.toSorted() });
      expect({ turns, logged: bench.logged, bad: [...bench.admin.violations, ...bench.world.violations] }).toEqual({
        turns,
        logged: [],
        bad: [],
      });
      expect([...bench.world.attempts.values()].map(({ name, starts, finalized }) => `${name} ${starts} ${finalized}`).toSorted()).toEqual(
        [...calm.world.attempts.keys()].map((name) => `${name} 1 1`).toSorted(),
      );
      const ids = ["n0", "n0-0-dn2"].map((id) => eventOf(bench, id, "DYNAMIC_RUNNING").taskNodeMetadata?.dynamicWorkflow?.id?.version);
      expect(ids).toEqual(
        ["n0", "n0-0-dn2"].map((id) => eventOf(calm, id, "DYNAMIC_RUNNING").taskNodeMetadata?.dynamicWorkflow?.id?.version),
      );
      expect(new Set(ids).size).toBe(2);
    }
  },
);

test("what was made and is lost is made again by another attempt, and otherwise fails the node", async () => {
  await using bench = await Bench.open(
    { nodes: { n0: { makes: two, metadata: { name: "n0", retries: { retries: 3 } } } } },
    { steps: { "n0-0-dn0": [["RUNNING"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  for (let turn = 0; turn < 4; turn++) await bench.step();
  expect(bench.admin.phases("n0-0-dn0")).toEqual(["QUEUED", "RUNNING"]);
  await bench.propeller.stop();
  for (const uri of bench.blobs.objects.keys()) if (/(dynamic_compiled|futures).pb$/.test(uri)) bench.blobs.objects.delete(uri);
  bench.replacePropeller();
  await bench.propeller.start();
  await bench.finish();
  expect(bench.logged.filter((line) => line.startsWith("the workflow of a dynamic node is lost"))).toHaveLength(1);
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "DYNAMIC_RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("n0-1-dn1").at(-1)).toBe("SUCCEEDED");
});

test.each(["it is made again", "another attempt makes it", "an abort ends it"])(
  "what was made and cannot be read keeps nobody waiting: %s",
  async (way) => {
    await using bench = await Bench.open(
      { nodes: { n0: { makes: two, metadata: { name: "n0", retries: { retries: 3 } } } } },
      { steps: { "n0-0-dn0": [["RUNNING", "RUNNING", "SUCCESS"]] } },
    );
    await bench.propeller.start();
    await bench.propeller.idle();
    for (let turn = 0; turn < 4; turn++) await bench.step();
    await bench.propeller.stop();
    const spoiled = way === "it is made again" ? /dynamic_compiled.pb$/ : /(dynamic_compiled|futures).pb$/;
    for (const uri of bench.blobs.objects.keys()) if (spoiled.test(uri)) bench.blobs.objects.set(uri, Buffer.from([0x0a, 0xff]));
    bench.replacePropeller();
    await bench.propeller.start();
    if (way === "an abort ends it") await bench.workflows.terminate(executionId, "enough");
    await bench.finish();
    expect(bench.logged[0]).toMatch(/^the workflow of a dynamic node cannot be read/);
    expect(bench.logged.filter((line) => line.startsWith("a round failed"))).toEqual([]);
    expect(bench.admin.last("workflow")?.phase).toBe(way === "an abort ends it" ? "ABORTED" : "SUCCEEDED");
    expect(bench.admin.phases("n0-1-dn1").at(-1)).toBe(way === "another attempt makes it" ? "SUCCEEDED" : undefined);
  },
);
