import { expect, test } from "vitest";
import { Bench } from "./bench.ts";
import { promise } from "./workflow-of.ts";
import type { WorkflowOf } from "./workflow-of.ts";

/** Flyte takes whatever is not empty. */
const odd: WorkflowOf = {
  nodes: {
    "a#b": {},
    "a/0/b": { inputs: { x: promise("a#b") } },
    "a%2Fb": { inputs: { x: promise("a/0/b") } },
    "..": { inputs: { x: promise("a%2Fb") }, workflow: { nodes: { "x/y#z": {} }, outputs: { o: promise("x/y#z") } } },
  },
  outputs: { o: promise("..") },
};

test("nodes are told apart whatever they are called, after restarts as before, and none runs twice", async () => {
  for (let turns = 0; turns < 12; turns++) {
    await using bench = await Bench.open(odd);
    await bench.propeller.start();
    await bench.propeller.idle();
    for (let turn = 0; turn < turns; turn++) await bench.step();
    await bench.propeller.stop();
    bench.replacePropeller();
    await bench.propeller.start();
    await bench.finish();
    expect({ turns, phase: bench.admin.last("workflow")?.phase, logged: bench.logged }).toEqual({ turns, phase: "SUCCEEDED", logged: [] });
    expect([...bench.admin.violations, ...bench.world.violations]).toEqual([]);
    expect([...bench.world.attempts.values()].map(({ context, finalized }) => [context.id.node.nodeId, finalized])).toEqual([
      ["a#b", 1],
      ["a/0/b", 1],
      ["a%2Fb", 1],
      ["..-0-x/y#z", 1],
    ]);
  }
});
