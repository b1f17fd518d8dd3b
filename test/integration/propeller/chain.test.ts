import { describe, expect, test } from "vitest";
import { Bench } from "./bench.ts";
import { promise } from "./workflow-of.ts";
import { StatusError } from "../../../src/idl/status.ts";
import type { ExecutionEvent } from "../../../src/ports/event-sink.ts";
import type { NodeOf } from "./workflow-of.ts";
import type { PropellerDeps } from "../../../src/engine/propeller/propeller-deps.ts";

const chain: Record<string, NodeOf> = { n0: {}, n1: { inputs: { x: promise("n0") } }, n2: { inputs: { x: promise("n1") } } };

describe.each([true, false])("a chain (events and state in one commit: %s)", (isOneDatabase) => {
  test("is told in order, and each node is told of as queued before it is started", async () => {
    await using bench = await Bench.open(
      { nodes: chain },
      {
        reach: isOneDatabase ? "JOINED" : "DIRECT",
        steps: { n0: [["RUNNING", "SUCCESS"]], n1: [["RUNNING", "SUCCESS"]], n2: [["RUNNING", "SUCCESS"]] },
      },
    );
    await bench.propeller.start();
    await bench.propeller.idle();
    const before = bench.admin.order.length;
    const [batches, saves] = [bench.admin.batches.length, bench.saves];
    await bench.step();
    expect(bench.admin.order.slice(before)).toEqual([
      "n0/0 SUCCEEDED",
      "n0 SUCCEEDED",
      "n1 QUEUED",
      "n1/0 QUEUED",
      "n1/0 RUNNING",
      "n1 RUNNING",
    ]);
    expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0", "ex-n1-0"]);
    // The end of one node with the beginning of the next, and then that it runs: each one commit where it can be.
    expect(bench.admin.batches.slice(batches)).toEqual(isOneDatabase ? [3, 3] : [2, 4]);
    expect(bench.saves - saves).toBe(2);
    await bench.finish();
    expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  });

  test("a node does not begin after one whose success admin will not take", async () => {
    await using bench = await Bench.open({ nodes: chain }, { reach: isOneDatabase ? "JOINED" : "DIRECT" });
    bench.admin.before = ({ subject, phase }) =>
      subject === "n0" && phase === "SUCCEEDED" ? new StatusError("RESOURCE_EXHAUSTED", "too large") : undefined;
    await bench.propeller.start();
    await bench.finish();
    expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "FAILED"]);
    expect([bench.admin.phases("n1"), [...bench.world.attempts.keys()]]).toEqual([[], ["ex-n0-0"]]);
    expect(bench.admin.last("workflow")?.phase).toBe("FAILED");
  });
});

test("more events than one commit takes: nothing is told of nodes begun with them before they are saved", async () => {
  const nodes: Record<string, NodeOf> = {};
  for (let index = 0; index < 100; index++) {
    nodes[`a${index}`] = {};
    for (let after = 0; after < 4; after++) nodes[`b${index}-${after}`] = { inputs: { x: promise(`a${index}`) } };
  }
  const saved = new Set<string>();
  const tooSoon: string[] = [];
  const look = (events: readonly ExecutionEvent[]): void => {
    for (const { level, event } of events) {
      const node = level === "node" ? (event.id?.nodeId ?? "") : "";
      if (node.startsWith("b") && !saved.has(node)) tooSoon.push(node);
    }
  };
  const wrap = (deps: PropellerDeps): PropellerDeps => ({
    ...deps,
    workflows: {
      ...deps.workflows,
      save(id, expected, delta) {
        for (const node of delta.nodes.keys()) saved.add(node);
        return deps.workflows.save(id, expected, delta);
      },
    },
    events: {
      record: (events) => {
        look(events);
        return deps.events.record(events);
      },
      recordAndSave: async (events, follow) => {
        const done = await deps.events.recordAndSave?.(events, (outcomes) => {
          const save = follow(outcomes);
          for (const node of save.delta.nodes.keys()) saved.add(node);
          return save;
        });
        look(events);
        return done ?? false;
      },
    },
  });
  await using bench = await Bench.open({ nodes }, { reach: "JOINED", wrap });
  await bench.propeller.start();
  await bench.finish();
  expect(tooSoon).toEqual([]);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(Math.max(...bench.admin.batches)).toBe(400);
});
