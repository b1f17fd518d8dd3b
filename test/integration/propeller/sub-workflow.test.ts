import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { dataOf, integer, promise } from "./workflow-of.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { NodeExecutionEvent } from "../../../src/idl/types.ts";
import type { WorkflowOf } from "./workflow-of.ts";

/** Adds one, as deep down as it says. */
const deep = (depth: number): WorkflowOf => ({
  nodes: { n0: { inputs: { x: promise("", "x") }, ...(depth > 0 && { workflow: deep(depth - 1) }) } },
  outputs: { o: promise("n0") },
});

const eventOf = (bench: Bench, subject: string, phase: string): NodeExecutionEvent =>
  bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event as NodeExecutionEvent;

test("a sub-workflow's events lie between those of its node, with the ids and places of Flyte", async () => {
  await using bench = await runToEnd(
    {
      nodes: {
        n0: { inputs: { x: promise("", "x") }, workflow: deep(0) },
        n1: { inputs: { y: promise("n0") } },
      },
      outputs: { r: promise("n1") },
    },
    { inputs: { literals: { x: integer(40) } } },
  );
  expect(bench.admin.order.filter((each) => !each.includes("/"))).toEqual([
    "workflow RUNNING",
    "start-node QUEUED",
    "start-node SUCCEEDED",
    "n0 QUEUED",
    "n0 RUNNING",
    "n0-0-start-node QUEUED",
    "n0-0-start-node SUCCEEDED",
    "n0-0-n0 QUEUED",
    "n0-0-n0 RUNNING",
    "n0-0-n0 SUCCEEDED",
    "n0-0-end-node QUEUED",
    "n0-0-end-node SUCCEEDED",
    "n0 SUCCEEDED",
    "n1 QUEUED",
    "n1 RUNNING",
    "n1 SUCCEEDED",
    "end-node QUEUED",
    "end-node SUCCEEDED",
    "workflow SUCCEEDING",
    "workflow SUCCEEDED",
  ]);
  expect(bench.admin.violations).toEqual([]);
  const data = dataOf("n0");
  expect(eventOf(bench, "n0", "SUCCEEDED")).toMatchObject({
    isParent: true,
    specNodeId: "n0",
    inputUri: `${data}/inputs.pb`,
    outputUri: `${data}/0/outputs.pb`,
  });
  expect(eventOf(bench, "n0", "SUCCEEDED")).not.toHaveProperty("parentNodeMetadata");
  expect(eventOf(bench, "n0-0-n0", "SUCCEEDED")).toMatchObject({
    specNodeId: "n0",
    nodeName: "n0",
    parentNodeMetadata: { nodeId: "n0" },
    retryGroup: "0",
    inputUri: `${data}/0/n0/inputs.pb`,
    outputUri: `${data}/0/n0/0/outputs.pb`,
    targetEntity: { name: "task-n0.n0" },
  });
  expect(eventOf(bench, "n0-0-n0", "SUCCEEDED")).not.toHaveProperty("isParent");
  expect(eventOf(bench, "n0-0-start-node", "SUCCEEDED")).toMatchObject({
    specNodeId: "start-node",
    outputUri: `${data}/0/start-node/0/outputs.pb`,
    parentNodeMetadata: { nodeId: "n0" },
  });
  expect(bench.literals(`${data}/0/start-node/0/outputs.pb`)).toEqual({ x: expect.objectContaining(integer(40)) });
  expect(bench.literals(`${data}/0/end-node/0/outputs.pb`)).toEqual({ o: expect.objectContaining(integer(41)) });
  expect(bench.literals(`${data}/0/outputs.pb`)).toEqual({ o: expect.objectContaining(integer(41)) });
  expect(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)).toEqual({ r: expect.objectContaining(integer(42)) });
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0-n0-0", "ex-n1-0"]);
});

test.each(["DIRECT", "JOINED"] as const)("workflows within workflows, three deep, %s", async (reach) => {
  await using bench = await runToEnd(deep(3), { inputs: { literals: { x: integer(1) } }, reach });
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "SUCCEEDING", "SUCCEEDED"]);
  expect(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)).toEqual({ o: expect.objectContaining(integer(2)) });
  const subjects = ["n0", "n0-0-n0", "n0-0-n0-0-n0", "n0-0-n0-0-n0-0-n0", "n0-0-n0-0-n0-0-n0/0"];
  expect(bench.admin.subjects.filter((each) => each.startsWith("n0") && !each.endsWith("-node"))).toEqual(subjects);
  // Ids of more than 20 characters are hashed: here those of the innermost start and end nodes.
  expect(bench.admin.subjects.filter((each) => each.startsWith("f"))).toEqual(["fpdooqvq", "fcl4he5i"]);
  expect(bench.admin.violations).toEqual([]);
  expect([...bench.world.attempts.values()][0]?.context.inputUri).toBe(`${dataOf("n0")}/0/n0/0/n0/0/n0/inputs.pb`);
});

test("a task within that fails fails the node, for good, and stops what runs beside it", async () => {
  const inner: WorkflowOf = { nodes: { a: {}, b: {} } };
  await using bench = await Bench.open(
    { nodes: { n0: { workflow: inner, metadata: { name: "n0", retries: { retries: 3 } } }, n1: {} } },
    { steps: { "n0-0-a": [["RUNNING", "PERMANENT_FAILURE"]], "n0-0-b": [["RUNNING"]], n1: [["RUNNING"]] } },
  );
  await bench.propeller.start();
  await bench.finish();
  const error = { code: "Boom", message: "it broke" };
  expect(eventOf(bench, "n0-0-a", "FAILED").error).toMatchObject(error);
  expect(eventOf(bench, "n0-0-b", "ABORTED").error).toMatchObject({ code: "NodeAborted", message: "subworkflow failed" });
  expect(eventOf(bench, "n0", "FAILED").error).toMatchObject(error);
  expect(eventOf(bench, "n1", "ABORTED").error).toMatchObject({ message: "Some node execution failed, auto-abort." });
  expect(bench.admin.last("workflow")).toMatchObject({ phase: "FAILED", event: { event: { error } } });
  const order = bench.admin.order;
  expect(order.indexOf("n0-0-b ABORTED")).toBeLessThan(order.indexOf("n0 FAILED"));
  expect([...bench.world.attempts.values()].map(({ name, aborted, finalized }) => [name, aborted, finalized])).toEqual([
    ["ex-n1-0", ["Some node execution failed, auto-abort."], 1],
    ["ex-n0-0-a-0", ["it broke"], 1],
    ["ex-n0-0-b-0", ["subworkflow failed"], 1],
  ]);
});

test("a sub-workflow whose time runs out begins again from nothing", async () => {
  const inner: WorkflowOf = { nodes: { a: {}, b: { inputs: { x: promise("a") } } }, outputs: { o: promise("b") } };
  const metadata = { name: "n0", timeout: toDuration(10_000), retries: { retries: 1 } };
  await using bench = await Bench.open(
    { nodes: { n0: { workflow: inner, metadata } }, outputs: { o: promise("n0") } },
    { steps: { "n0-0-b": [["RUNNING"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  for (let turn = 0; turn < 4; turn++) await bench.step();
  expect(bench.admin.phases("n0-0-b")).toEqual(["QUEUED", "RUNNING"]);
  await bench.advance(10_000);
  expect(bench.admin.phases("n0-0-b")).toEqual(["QUEUED", "RUNNING", "ABORTED"]);
  for (let turn = 0; turn < 8; turn++) await bench.step();
  expect(await bench.isOver).toBe(true);
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("n0-1-a").at(-1)).toBe("SUCCEEDED");
  expect(eventOf(bench, "n0-1-a", "SUCCEEDED")).toMatchObject({ retryGroup: "1", parentNodeMetadata: { nodeId: "n0" } });
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0-a-0", "ex-n0-0-b-0", "ex-n0-1-a-0", "ex-n0-1-b-0"]);
  expect(eventOf(bench, "n0", "SUCCEEDED").outputUri).toBe(`${dataOf("n0")}/1/outputs.pb`);
  expect(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)).toEqual({ o: expect.objectContaining(integer(2)) });
});

test("a sub-workflow's time runs out while its failure node runs, too", async () => {
  const within: WorkflowOf = { nodes: { a: {} }, failureNode: {} };
  const metadata = { name: "n0", timeout: toDuration(5000) };
  await using bench = await Bench.open(
    { nodes: { n0: { workflow: within, metadata } } },
    { steps: { "n0-0-a": [["PERMANENT_FAILURE"]], "n0-0-fn": [["RUNNING"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  expect([bench.admin.phases("n0-0-fn").at(-1), bench.clock.nextTimer()]).toEqual(["RUNNING", 6000]);
  await bench.advance(5000);
  expect(bench.admin.phases("n0-0-fn").at(-1)).toBe("ABORTED");
  expect(bench.admin.phases("n0").at(-1)).toBe("FAILED");
  // Nothing is due at a time that has passed: that would be asked for without a pause.
  expect(bench.clock.nextTimer()).toBeUndefined();
});

test("an abort reaches all depths, and what is around ends after what is within", async () => {
  await using bench = await Bench.open(deep(2), { inputs: { literals: { x: integer(1) } }, steps: { "n0-0-n0-0-n0": [["RUNNING"]] } });
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.workflows.terminate({ project: "p", domain: "d", name: "ex" }, "enough");
  await bench.finish();
  expect(bench.admin.order.slice(-5)).toEqual([
    "n0-0-n0-0-n0/0 ABORTED",
    "n0-0-n0-0-n0 ABORTED",
    "n0-0-n0 ABORTED",
    "n0 ABORTED",
    "workflow ABORTED",
  ]);
  expect([...bench.world.attempts.values()]).toMatchObject([{ aborted: ["Workflow aborted."], finalized: 1 }]);
});

test("sub-workflows share the execution's parallelism, and none is used by them", async () => {
  const inner: WorkflowOf = { nodes: { a: {}, b: {} } };
  await using bench = await Bench.open({ nodes: { n0: { workflow: inner }, n1: { workflow: inner } }, spec: { maxParallelism: 3 } });
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.world.unfinished.length).toBe(3);
  await bench.finish();
  expect(bench.world.attempts.size).toBe(4);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("a wake that names a node within asks about that one alone", async () => {
  await using bench = await Bench.open({ nodes: { n0: { workflow: { nodes: { a: {}, b: {} } } } } });
  await bench.propeller.start();
  await bench.propeller.idle();
  for (const attempt of bench.world.attempts.values()) attempt.position++;
  bench.propeller.wake({ project: "p", domain: "d", name: "ex" }, "n0-0-b");
  await bench.propeller.idle();
  expect([bench.admin.phases("n0-0-a"), bench.admin.phases("n0-0-b")]).toEqual([["QUEUED"], ["QUEUED", "RUNNING"]]);
  await bench.finish();
});

test.each([
  ["FAILED", "RetriesExhausted|TimeoutExpired", 0],
  ["TIMED_OUT", "TimeoutExpired", 5],
] as const)("when the time of a sub-workflow is up for good, what is within is ended first: %s", async (end, code, retries) => {
  const metadata = { name: "n0", timeout: toDuration(10_000), retries: { retries } };
  const never = [["RUNNING"]] as const;
  await using bench = await runToEnd(
    { nodes: { n0: { workflow: { nodes: { a: {} } }, metadata } } },
    { steps: { "n0-0-a": never, "n0-1-a": never }, oneAtATime: true },
  );
  const last = retries === 0 ? 0 : 1;
  expect(bench.admin.order.filter((each) => each.endsWith("ABORTED") || each.endsWith(end)).slice(-3 - (end === "FAILED" ? 1 : 0))).toEqual(
    [`n0-${last}-a/0 ABORTED`, `n0-${last}-a ABORTED`, `n0 ${end}`, ...(end === "FAILED" ? ["workflow FAILED"] : [])],
  );
  expect(eventOf(bench, "n0", end).error?.code).toBe(code);
  expect([...bench.admin.violations, ...bench.world.violations]).toEqual([]);
});
