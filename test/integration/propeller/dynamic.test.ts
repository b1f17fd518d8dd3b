import Long from "long";
import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { condition, dataOf, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { toDuration, toNumber } from "../../../src/idl/time.ts";
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
const outputOf = (bench: Bench, uri: string): number => toNumber(bench.literals(uri)?.["o"]?.scalar?.primitive?.integer);

test.each(["DIRECT", "JOINED", "GRPC"] as const)(
  "what a task makes runs within its node, with the ids, places and events of Flyte, %s",
  async (reach) => {
    await using bench = await runToEnd(
      { nodes: { n0: { makes: two }, n1: { inputs: { z: promise("n0") } } }, outputs: { o: promise("n1") } },
      { reach },
    );
    expect(bench.admin.order).toEqual([
      "workflow RUNNING",
      "start-node QUEUED",
      "start-node SUCCEEDED",
      "n0 QUEUED",
      "n0/0 QUEUED",
      "n0/0 RUNNING",
      "n0 RUNNING",
      "n0/0 SUCCEEDED",
      "n0 DYNAMIC_RUNNING",
      "n0-0-start-node QUEUED",
      "n0-0-start-node SUCCEEDED",
      "n0-0-dn0 QUEUED",
      "n0-0-dn0/0 QUEUED",
      "n0-0-dn0/0 RUNNING",
      "n0-0-dn0 RUNNING",
      "n0-0-dn0/0 SUCCEEDED",
      "n0-0-dn0 SUCCEEDED",
      "n0-0-dn1 QUEUED",
      "n0-0-dn1/0 QUEUED",
      "n0-0-dn1/0 RUNNING",
      "n0-0-dn1 RUNNING",
      "n0-0-dn1/0 SUCCEEDED",
      "n0-0-dn1 SUCCEEDED",
      "n0-0-end-node QUEUED",
      "n0-0-end-node SUCCEEDED",
      "n0 SUCCEEDED",
      "n1 QUEUED",
      "n1/0 QUEUED",
      "n1/0 RUNNING",
      "n1 RUNNING",
      "n1/0 SUCCEEDED",
      "n1 SUCCEEDED",
      "end-node QUEUED",
      "end-node SUCCEEDED",
      "workflow SUCCEEDING",
      "workflow SUCCEEDED",
    ]);
    expect([...bench.admin.violations, ...bench.world.violations, ...bench.logged]).toEqual([]);
    const data = dataOf("n0");
    const running = eventOf(bench, "n0", "DYNAMIC_RUNNING");
    expect(running).toMatchObject({ isDynamic: true, isParent: true, targetEntity: { name: "task-n0" } });
    const made = running.taskNodeMetadata?.dynamicWorkflow;
    expect(made?.dynamicJobSpecUri).toBe(`${data}/0/futures.pb`);
    expect(made?.id).toMatchObject({ resourceType: 2, project: "p", domain: "d", name: "dynamic_n0" });
    expect(made?.id?.version).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{10}$/);
    const template = made?.compiledWorkflow?.primary?.template;
    expect(template?.nodes?.map(({ id }) => id)).toEqual(["start-node", "end-node", "dn0", "dn1"]);
    expect(Object.keys(template?.interface?.outputs?.variables ?? {})).toEqual(["o"]);
    expect(template?.interface?.inputs?.variables ?? {}).toEqual({});
    expect(made?.compiledWorkflow?.tasks?.map((task) => task.template?.id?.name)).toEqual(["task-n0.dn0", "task-n0.dn1"]);
    for (const phase of ["QUEUED", "RUNNING"]) expect(eventOf(bench, "n0", phase).isDynamic ?? false).toBe(false);
    expect(eventOf(bench, "n0", "SUCCEEDED")).toMatchObject({ isDynamic: true, outputUri: `${data}/0/outputs.pb` });
    expect(eventOf(bench, "n0", "SUCCEEDED").taskNodeMetadata?.dynamicWorkflow ?? undefined).toBeUndefined();
    expect(eventOf(bench, "n0-0-dn0", "SUCCEEDED")).toMatchObject({
      specNodeId: "dn0",
      isInDynamicChain: true,
      parentNodeMetadata: { nodeId: "n0" },
      retryGroup: "0",
      inputUri: `${data}/0/dn0/inputs.pb`,
      outputUri: `${data}/0/dn0/0/outputs.pb`,
      targetEntity: { name: "task-n0.dn0" },
    });
    expect(eventOf(bench, "n1", "SUCCEEDED").isInDynamicChain ?? false).toBe(false);
    expect([outputOf(bench, `${data}/0/outputs.pb`), outputOf(bench, `${dataOf("end-node")}/0/outputs.pb`)]).toEqual([42, 43]);
    expect([...bench.world.attempts.values()].map(({ name, finalized, aborted }) => [name, finalized, aborted.length])).toEqual([
      ["ex-n0-0", 1, 0],
      ["ex-n0-0-dn0-0", 1, 0],
      ["ex-n0-0-dn1-0", 1, 0],
      ["ex-n1-0", 1, 0],
    ]);
  },
);

test("tasks that make themselves again, a sub-workflow around one, and one within", async () => {
  const deep: WorkflowOf = { nodes: { dn0: { workflow: two }, dn1: { makes: two, after: ["dn0"] } }, outputs: { o: promise("dn1") } };
  await using bench = await runToEnd({
    nodes: { n0: { workflow: { nodes: { n0: { makes: deep } }, outputs: { o: promise("n0") } } } },
    outputs: { o: promise("n0") },
  });
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(outputOf(bench, `${dataOf("end-node")}/0/outputs.pb`)).toBe(42);
  expect(bench.admin.violations).toEqual([]);
  expect(eventOf(bench, "n0-0-n0", "SUCCEEDED").isInDynamicChain ?? false).toBe(false);
  const chain = ["n0-0-n0-0-dn0", "n0-0-n0-0-dn0-0-dn1", "n0-0-n0-0-dn1", "n0-0-n0-0-dn1-0-dn0"];
  expect(chain.map((id) => eventOf(bench, id, "SUCCEEDED").isInDynamicChain)).toEqual(chain.map(() => true));
  expect(eventOf(bench, "n0-0-n0-0-dn1", "DYNAMIC_RUNNING").taskNodeMetadata?.dynamicWorkflow?.id?.name).toBe("dynamic_dn1");
  expect(bench.world.attempts.get("ex-n0-0-n0-0-dn1-0-dn0-0")?.context.inputUri).toBe(`${dataOf("n0")}/0/n0/0/dn1/0/dn0/inputs.pb`);
});

test("a node within that fails ends those beside it, and the node fails for good with that error", async () => {
  const within: WorkflowOf = { nodes: { a: {}, b: {} }, outputs: { o: promise("a") } };
  const metadata = { name: "n0", retries: { retries: 3 } };
  await using bench = await runToEnd(
    { nodes: { n0: { makes: within, metadata } } },
    { steps: { "n0-0-a": [["RUNNING", "PERMANENT_FAILURE"]], "n0-0-b": [["RUNNING"]] } },
  );
  expect(bench.admin.order.slice(-7)).toEqual([
    "n0-0-a/0 FAILED",
    "n0-0-a FAILED",
    "n0-0-b/0 ABORTED",
    "n0-0-b ABORTED",
    "n0 FAILED",
    "workflow FAILING",
    "workflow FAILED",
  ]);
  expect(eventOf(bench, "n0-0-b", "ABORTED").error).toMatchObject({ code: "NodeAborted", message: "Dynamic workflow failed" });
  expect(eventOf(bench, "n0", "FAILED").error).toMatchObject({ code: "Boom", message: "it broke" });
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0", "ex-n0-0-a-0", "ex-n0-0-b-0"]);
  expect([...bench.world.attempts.values()].map(({ finalized, aborted }) => [finalized, aborted.length])).toEqual([
    [1, 0],
    [1, 1],
    [1, 1],
  ]);
});

test("a node within whose time runs out is a failure that is tried again, from the task on", async () => {
  const within: WorkflowOf = {
    nodes: { a: { metadata: { name: "a", timeout: toDuration(10_000) } }, b: {} },
    outputs: { o: promise("a") },
  };
  const metadata = { name: "n0", retries: { retries: 1 } };
  await using bench = await runToEnd(
    { nodes: { n0: { makes: within, metadata } } },
    { steps: { "n0-0-a": [["QUEUED"]], "n0-1-a": [["QUEUED"]] } },
  );
  const { error } = eventOf(bench, "n0", "FAILED");
  expect(error).toMatchObject({
    code: "RetriesExhausted|DynamicNodeFailing",
    message: "[2/2] currentAttempt done. Last Error: UNKNOWN::Dynamic workflow failed",
  });
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "DYNAMIC_RUNNING", "FAILED"]);
  expect([bench.admin.phases("n0/0").at(-1), bench.admin.phases("n0/1").at(-1)]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  expect([bench.admin.phases("n0-0-a").at(-1), bench.admin.phases("n0-1-a").at(-1)]).toEqual(["TIMED_OUT", "TIMED_OUT"]);
  expect(eventOf(bench, "n0-1-b", "SUCCEEDED").retryGroup).toBe("1");
});

test("the time of a dynamic node goes on while what it made runs; another attempt makes it anew", async () => {
  const metadata = { name: "n0", timeout: toDuration(60_000), retries: { retries: 1 } };
  await using bench = await Bench.open(
    { nodes: { n0: { makes: two, metadata } }, outputs: { o: promise("n0") } },
    { steps: { "n0-0-dn1": [["RUNNING"]] }, oneAtATime: true },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  for (let turn = 0; turn < 8; turn++) await bench.step();
  expect(bench.admin.phases("n0-0-dn1")).toEqual(["QUEUED", "RUNNING"]);
  await bench.advance(60_000);
  expect(bench.admin.phases("n0-0-dn1")).toEqual(["QUEUED", "RUNNING", "ABORTED"]);
  await bench.finish();
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "DYNAMIC_RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("n0/1")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(eventOf(bench, "n0", "SUCCEEDED").outputUri).toBe(`${dataOf("n0")}/1/outputs.pb`);
  expect(outputOf(bench, `${dataOf("end-node")}/0/outputs.pb`)).toBe(42);
  expect([...bench.admin.violations, ...bench.world.violations]).toEqual([]);
  // What ended well is not told to have failed.
  expect(bench.admin.phases("n0/0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
});

test.each([
  ["FAILED", "RetriesExhausted|TimeoutExpired", 0],
  ["TIMED_OUT", "TimeoutExpired", 5],
] as const)("when its time is up for good what it made is ended first: %s", async (end, code, retries) => {
  const metadata = { name: "n0", timeout: toDuration(60_000), retries: { retries } };
  const never = [["RUNNING"]] as const;
  await using bench = await runToEnd(
    { nodes: { n0: { makes: two, metadata } } },
    { steps: { "n0-0-dn1": never, "n0-1-dn1": never }, oneAtATime: true },
  );
  const last = retries === 0 ? 0 : 1;
  expect(bench.admin.order.slice(-5)).toEqual([
    `n0-${last}-dn1/0 ABORTED`,
    `n0-${last}-dn1 ABORTED`,
    `n0 ${end}`,
    "workflow FAILING",
    "workflow FAILED",
  ]);
  expect(eventOf(bench, "n0", end).error?.code).toBe(code);
  expect([...bench.admin.violations, ...bench.world.violations]).toEqual([]);
});

test("the arm of a branch, and a failure node, whose tasks make workflows", async () => {
  const v = constant(1);
  await using bench = await runToEnd({
    nodes: {
      n0: { inputs: { v }, branch: { when: condition("v", "EQ", 1), arm: { makes: two }, error: "no" } },
      n1: { inputs: { x: promise("n0") }, after: ["n0"] },
    },
    failureNode: { makes: two },
    outputs: { o: promise("n1") },
  });
  expect([bench.admin.last("workflow")?.phase, outputOf(bench, `${dataOf("end-node")}/0/outputs.pb`)]).toEqual(["SUCCEEDED", 43]);
  expect(bench.admin.phases("n0-0-n0-then")).toEqual(["QUEUED", "RUNNING", "DYNAMIC_RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("n0-0-n0-then-0-dn1").at(-1)).toBe("SUCCEEDED");

  await using failing = await runToEnd({ nodes: { n0: {} }, failureNode: { makes: two } }, { steps: { n0: [["PERMANENT_FAILURE"]] } });
  expect(failing.admin.phases("fn")).toEqual(["QUEUED", "RUNNING", "DYNAMIC_RUNNING", "SUCCEEDED"]);
  expect(failing.admin.phases("fn-0-dn1").at(-1)).toBe("SUCCEEDED");
  const { event } = failing.admin.last("workflow")?.event ?? {};
  expect([failing.admin.last("workflow")?.phase, event?.error?.code]).toEqual(["FAILED", "Boom"]);
  for (const each of [bench, failing]) expect([...each.admin.violations, ...each.world.violations, ...each.logged]).toEqual([]);
});

test("children launched from what was made give their outputs, and are terminated with it", async () => {
  const launching: WorkflowOf = {
    nodes: { n0: { makes: { nodes: { dn0: { launches: "lp" } }, outputs: { o: promise("dn0") } } } },
    outputs: { o: promise("n0") },
  };
  const types = { expectedInputs: {}, expectedOutputs: { variables: { o: { type: { simple: flyteidl.core.SimpleType.INTEGER } } } } };
  for (const how of ["ends", "is terminated"]) {
    await using bench = await Bench.open(launching);
    bench.launchPlans.set("lp", types);
    await bench.propeller.start();
    await bench.propeller.idle();
    for (let turn = 0; turn < 4; turn++) await bench.step();
    expect(bench.children.calls.filter((call) => call.startsWith("create"))).toEqual(["create ex-n0-0-dn0-0"]);
    const id = { project: "p", domain: "d", name: "ex" };
    if (how === "ends") {
      bench.children.end("ex-n0-0-dn0-0", "SUCCEEDED", { outputs: { literals: { o: constant(5) } } });
      bench.workflows.wake(id, "n0-0-dn0");
      await bench.finish();
      expect([bench.admin.last("workflow")?.phase, outputOf(bench, `${dataOf("end-node")}/0/outputs.pb`)]).toEqual(["SUCCEEDED", 5]);
    } else {
      await bench.workflows.terminate(id, "enough");
      await bench.finish();
      expect(bench.children.calls.at(-1)).toMatch(/^terminate ex-n0-0-dn0-0/);
      expect(bench.admin.order.slice(-3)).toEqual(["n0-0-dn0 ABORTED", "n0 ABORTED", "workflow ABORTED"]);
    }
    expect(bench.admin.violations).toEqual([]);
  }
});

test("an abort reaches what a task has made, and what is around ends last", async () => {
  await using bench = await Bench.open({ nodes: { n0: { makes: two } } }, { steps: { "n0-0-dn0": [["RUNNING"]] } });
  await bench.propeller.start();
  await bench.propeller.idle();
  for (let turn = 0; turn < 4; turn++) await bench.step();
  await bench.workflows.terminate({ project: "p", domain: "d", name: "ex" }, "enough");
  await bench.finish();
  expect(bench.admin.order.slice(-4)).toEqual(["n0-0-dn0/0 ABORTED", "n0-0-dn0 ABORTED", "n0 ABORTED", "workflow ABORTED"]);
  expect([...bench.world.attempts.values()].map(({ finalized, aborted }) => [finalized, aborted])).toEqual([
    [1, []],
    [1, ["Workflow aborted."]],
  ]);
});

test("outputs of what was made are cached for the task; a hit makes nothing", async () => {
  const task = { metadata: { discoverable: true, discoveryVersion: "1", cacheSerializable: true } };
  const referenceId = { resourceType: flyteidl.core.ResourceType.TASK, project: "p", domain: "d", name: "task-n0", version: "v" };
  await using bench = await runToEnd(
    {
      nodes: { n0: { task, makes: two }, n1: { raw: { id: "n1", upstreamNodeIds: ["n0"], taskNode: { referenceId } } } },
      outputs: { o: promise("n1") },
    },
    { catalog: "ours" },
  );
  expect(outputOf(bench, `${dataOf("end-node")}/0/outputs.pb`)).toBe(42);
  const cached = (node: string): NodeExecutionEvent["taskNodeMetadata"] => eventOf(bench, node, "SUCCEEDED").taskNodeMetadata;
  const { CACHE_POPULATED, CACHE_HIT } = flyteidl.core.CatalogCacheStatus;
  expect(cached("n0")).toMatchObject({ cacheStatus: CACHE_POPULATED });
  expect(cached("n0")?.reservationStatus).toBe(flyteidl.core.CatalogReservation.Status.RESERVATION_RELEASED);
  expect(cached("n1")).toMatchObject({ cacheStatus: CACHE_HIT });
  expect(bench.admin.phases("n1")).toEqual(["SUCCEEDED"]);
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0", "ex-n0-0-dn0-0", "ex-n0-0-dn1-0"]);
});

test("a reservation is held for as long as what was made runs", async () => {
  const task = { metadata: { discoverable: true, discoveryVersion: "1", cacheSerializable: true } };
  const raw = { id: "n1", taskNode: { referenceId: { resourceType: 1, project: "p", domain: "d", name: "task-n0", version: "v" } } };
  await using bench = await Bench.open(
    { nodes: { n0: { task, makes: two }, n1: { raw } } },
    { catalog: "ours", steps: { "n0-0-dn1": [["RUNNING", "RUNNING", "RUNNING", "SUCCESS"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  for (let turn = 0; turn < 6; turn++) await bench.step("n0", "n0-0-dn0");
  expect(bench.admin.phases("n0-0-dn1")).toEqual(["QUEUED", "RUNNING"]);
  for (let beat = 0; beat < 60; beat++) await bench.advance(5_000);
  expect(bench.admin.phases("n1")).toEqual(["QUEUED"]);
  await bench.finish();
  expect([bench.admin.phases("n0").at(-1), bench.admin.phases("n1")]).toEqual(["SUCCEEDED", ["QUEUED", "SUCCEEDED"]]);
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0", "ex-n0-0-dn0-0", "ex-n0-0-dn1-0"]);
});

test("a dynamic node itself takes none of the execution's places", async () => {
  await using bench = await runToEnd(
    { nodes: { n0: { makes: two }, n1: { makes: two } }, spec: { maxParallelism: 1 } },
    { oneAtATime: true },
  );
  expect([bench.admin.last("workflow")?.phase, bench.world.violations]).toEqual(["SUCCEEDED", []]);
});

test("the only place is free for what was made though the task asked for it", async () => {
  await using bench = await runToEnd({ nodes: { n0: { makes: two } }, spec: { maxParallelism: 1 } });
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("a graph that admin finds too large fails the node, and nothing of it runs", async () => {
  await using bench = await Bench.open({ nodes: { n0: { makes: two } } });
  bench.admin.before = ({ subject, phase }) =>
    subject === "n0" && phase === "DYNAMIC_RUNNING" ? new StatusError("RESOURCE_EXHAUSTED", "too many bytes") : undefined;
  await bench.propeller.start();
  await bench.finish();
  expect(eventOf(bench, "n0", "FAILED").error).toMatchObject({
    code: "NodeFailed",
    message: "failed to record an event of the node: too many bytes",
  });
  expect(bench.admin.subjects.filter((subject) => subject.startsWith("n0-"))).toEqual([]);
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0"]);
});
