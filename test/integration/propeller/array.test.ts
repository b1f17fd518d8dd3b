import { describe, expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { bytesField, concatBytes } from "../../../src/idl/wire.ts";
import { dataOf, executionId, inputsUri, integer, integers, promise } from "./workflow-of.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { taskPhaseOf } from "../../../src/idl/phases.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { BenchOptions } from "./bench.ts";
import type { Literal, NodeExecutionEvent, TaskExecutionEvent } from "../../../src/idl/types.ts";
import type { ExecutionEvent } from "../../../src/ports/event-sink.ts";
import type { NodeOf, WorkflowOf } from "./workflow-of.ts";

/** n0 maps over the workflow's input; its outputs are the workflow's. */
const mapOf = (array: NonNullable<NodeOf["array"]> = {}, more: Partial<NodeOf> = {}, spec?: WorkflowOf["spec"]): WorkflowOf => ({
  nodes: { n0: { inputs: { x: promise("", "x") }, array, ...more } },
  outputs: { r: promise("n0") },
  ...(spec && { spec }),
});
const over = (...values: number[]): BenchOptions => ({ inputs: { literals: { x: integers(...values) } } });

const taskEvents = (bench: Bench, node = "n0"): TaskExecutionEvent[] =>
  bench.admin.seen.filter((each) => each.subject === `${node}/0`).map((each) => each.event.event as TaskExecutionEvent);

type Told = readonly [index: number, attempt: number, phase: string];
const toldIn = (event: TaskExecutionEvent | undefined): Told[] =>
  (event?.metadata?.externalResources ?? []).map((one) => [one.index ?? 0, one.retryAttempt ?? 0, taskPhaseOf(one.phase)]);
/** What admin would list in the end: the last that was told of each attempt. */
function listed(bench: Bench, node = "n0"): Told[] {
  const last = new Map<string, Told>();
  for (const event of taskEvents(bench, node)) for (const told of toldIn(event)) last.set(`${told[0]}/${told[1]}`, told);
  return [...last.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}
const eventOf = (bench: Bench, subject: string, phase: string): NodeExecutionEvent =>
  bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event as NodeExecutionEvent;
const valueOf = (literal: Literal | undefined): number | null =>
  literal?.scalar?.primitive?.integer == null ? null : Number(literal.scalar.primitive.integer);
const outputs = (bench: Bench): unknown => bench.literals(`${dataOf("n0")}/0/outputs.pb`)?.["o"]?.collection?.literals?.map(valueOf);
const started = (bench: Bench): string[] => [...bench.world.attempts.keys()];

describe("an array", () => {
  test.each(["DIRECT", "JOINED", "GRPC"] as const)(
    "runs its task for each element, and is one task execution to admin, %s",
    async (reach) => {
      await using bench = await runToEnd(mapOf(), { ...over(5, 6, 7), reach });
      expect(bench.admin.violations).toEqual([]);
      expect(bench.admin.subjects).toEqual(["workflow", "start-node", "n0", "n0/0", "end-node"]);
      expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
      const events = taskEvents(bench);
      expect(events[0]).toMatchObject({
        taskType: "container_array",
        taskId: { name: "task-n0" },
        retryAttempt: 0,
        phaseVersion: 0,
        inputUri: `${dataOf("n0")}/inputs.pb`,
        metadata: { pluginIdentifier: "k8s-array" },
      });
      expect(toldIn(events[0])).toEqual([0, 1, 2].map((index) => [index, 0, "UNDEFINED"]));
      expect(events.map((event) => taskPhaseOf(event.phase))).toEqual(["QUEUED", ...events.slice(2).map(() => "RUNNING"), "SUCCEEDED"]);
      expect(events.slice(1, -1).map((event) => event.phaseVersion)).toEqual(events.slice(1, -1).map((_, index) => index + 1));
      expect(events.at(-1)).toMatchObject({ outputUri: `${dataOf("n0")}/0/outputs.pb` });
      expect(listed(bench)).toEqual([0, 1, 2].map((index) => [index, 0, "SUCCEEDED"]));
      const ids = events[1]?.metadata?.externalResources?.map((one) => one.externalId);
      expect(ids).toEqual(["ex-n0-0-n0-0", "ex-n0-0-n1-0", "ex-n0-0-n2-0"]);
      expect(eventOf(bench, "n0", "SUCCEEDED")).toMatchObject({ isArray: true, outputUri: `${dataOf("n0")}/0/outputs.pb` });
      expect(eventOf(bench, "n0", "SUCCEEDED").isParent ?? false).toBe(false);
      // Nothing is left of single elements, whatever became of them.
      expect(bench.world.violations).toEqual([]);
    },
  );

  test("tells each element which it is, and keeps its files where Flyte does", async () => {
    await using bench = await runToEnd(mapOf(), over(5, 6));
    expect(started(bench)).toEqual(["ex-n0-0-n0-0", "ex-n0-0-n1-0"]);
    const second = bench.world.attempts.get("ex-n0-0-n1-0")?.context;
    expect(second).toMatchObject({
      env: { BATCH_JOB_ARRAY_INDEX_VAR_NAME: "FLYTE_K8S_ARRAY_INDEX", FLYTE_K8S_ARRAY_INDEX: "1" },
      inputUri: `${dataOf("n0")}/inputs.pb`,
      outputPrefix: `${dataOf("n0")}/0/1/0`,
      id: { task: { name: "task-n0" }, node: { nodeId: "n0-0-n1" }, retryAttempt: 0 },
    });
    expect(await second?.inputs()).toEqual({ literals: { x: expect.objectContaining(integer(6)) } });
    // It gives one value; its inputs are left as they were registered.
    expect(second?.template.interface?.outputs?.variables?.["o"]?.type).toMatchObject({ simple: flyteidl.core.SimpleType.INTEGER });
  });

  test("gives elements files of their own where it says so", async () => {
    const array = { dataMode: flyteidl.core.ArrayNode.DataMode.INDIVIDUAL_INPUT_FILES, isOriginalSubNodeInterface: { value: true } };
    const task = {
      interface: { inputs: { variables: {} }, outputs: { variables: { o: { type: { simple: flyteidl.core.SimpleType.INTEGER } } } } },
    };
    await using bench = await runToEnd(mapOf(array, { task }), over(5, 6));
    expect([...bench.world.attempts.values()].map(({ context }) => context.inputUri)).toEqual([
      `${dataOf("n0")}/0/0/inputs.pb`,
      `${dataOf("n0")}/1/0/inputs.pb`,
    ]);
    expect(outputs(bench)).toEqual([6, 7]);
  });

  test("of nothing gives nothing", async () => {
    await using bench = await runToEnd(mapOf(), over());
    expect(bench.admin.phases("n0/0")).toEqual(["QUEUED", "SUCCEEDED"]);
    expect(outputs(bench)).toEqual([]);
    expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
    expect(started(bench)).toEqual([]);
  });

  test("whose lists do not agree fails without running anything", async () => {
    const workflow = mapOf({}, { inputs: { x: promise("", "x"), y: promise("", "y") } });
    await using bench = await runToEnd(workflow, { inputs: { literals: { x: integers(1, 2), y: integers(1) } } });
    expect(bench.admin.phases("n0")).toEqual(["QUEUED", "FAILED"]);
    expect(eventOf(bench, "n0", "FAILED").error).toMatchObject({
      code: "InvalidArrayLength",
      message: "input arrays have different lengths: expecting '2' found '1'",
      kind: flyteidl.core.ExecutionError.ErrorKind.USER,
    });
    expect([started(bench), bench.admin.phases("n0/0")]).toEqual([[], []]);
  });
});

const indexOf = (id: string): number => Number(/n(\d+)$/.exec(id)?.[1]);

describe("elements that fail", () => {
  test("fail the array when it cannot do without, with what they said; those that run are aborted", async () => {
    await using bench = await Bench.open(mapOf({}, { metadata: { name: "n0", retries: { retries: 5 } } }), {
      ...over(1, 2, 3, 4),
      steps: { "n0-0-n1": [["RUNNING", "PERMANENT_FAILURE"]], "n0-0-n2": [["RUNNING", "PERMANENT_FAILURE"]], "n0-0-n3": [["RUNNING"]] },
    });
    await bench.propeller.start();
    await bench.finish();
    expect(listed(bench)).toEqual([
      [0, 0, "ABORTED"],
      [1, 0, "FAILED"],
      [2, 0, "FAILED"],
      [3, 0, "ABORTED"],
    ]);
    const counts = taskEvents(bench).at(-1)?.customInfo?.fields?.["flyte_array"]?.structValue?.fields;
    expect(Object.entries(counts ?? {}).map(([name, value]) => [name, value.numberValue])).toEqual([
      ["size", 4],
      ["succeeded", 0],
      ["failed", 2],
      ["aborted", 2],
      ["running", 0],
      ["queued", 0],
    ]);
    const error = { code: "", message: "[1-2]: it broke\n", kind: flyteidl.core.ExecutionError.ErrorKind.UNKNOWN };
    expect(eventOf(bench, "n0", "FAILED").error).toMatchObject(error);
    expect(bench.admin.last("workflow")).toMatchObject({ phase: "FAILED", event: { event: { error } } });
    expect(bench.admin.phases("n0/0").at(-1)).toBe("FAILED");
    expect([...bench.world.attempts.values()].map(({ aborted, finalized }) => [aborted, finalized])).toEqual([
      [["ArrayNodeFailing"], 1],
      [["it broke"], 1],
      [["it broke"], 1],
      [["ArrayNodeFailing"], 1],
    ]);
    expect(bench.admin.violations).toEqual([]);
  });

  test("give nothing as long as enough succeed, and the array waits for all", async () => {
    await using bench = await Bench.open(mapOf({ minSuccessRatio: 0.5 }), {
      ...over(10, 20, 30, 40),
      steps: {
        "n0-0-n0": [["PERMANENT_FAILURE"]],
        "n0-0-n2": [["RUNNING", "PERMANENT_FAILURE"]],
        "n0-0-n3": [["QUEUED", "RUNNING", "RUNNING", "RUNNING", "SUCCESS"]],
      },
      outputs: (id, inputs) => ({ literals: { o: inputs.literals?.["x"]?.collection?.literals?.[indexOf(id)] ?? {} } }),
    });
    await bench.propeller.start();
    await bench.propeller.idle();
    for (let turn = 0; turn < 3; turn++) await bench.step();
    expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING"]);
    await bench.finish();
    expect(outputs(bench)).toEqual([null, 20, null, 40]);
    expect(listed(bench).map(([, , phase]) => phase)).toEqual(["FAILED", "SUCCEEDED", "FAILED", "SUCCEEDED"]);
  });

  test("all run to their end where the array says so", async () => {
    await using bench = await runToEnd(mapOf({ runAllSubNodes: true, parallelism: 1 }), {
      ...over(1, 2, 3),
      steps: { "n0-0-n0": [["PERMANENT_FAILURE"]] },
    });
    expect(listed(bench).map(([, , phase]) => phase)).toEqual(["FAILED", "SUCCEEDED", "SUCCEEDED"]);
    expect(bench.admin.phases("n0").at(-1)).toBe("FAILED");
    await using other = await runToEnd(mapOf({ parallelism: 1 }), { ...over(1, 2, 3), steps: { "n0-0-n0": [["PERMANENT_FAILURE"]] } });
    expect(started(other)).toEqual(["ex-n0-0-n0-0"]);
  });

  // Flyte: nodes/array/handler_test.go TestHandleArrayNodePhaseExecutingSubNodeFailures.
  test.each<[string, "USER" | "SYSTEM", boolean, attempts: number]>([
    ["UserFailure", "USER", false, 3],
    ["SystemFailure", "SYSTEM", false, 11],
    ["UserFailureIgnoreRetryCause", "USER", true, 3],
    ["SystemFailureIgnoreRetryCause", "SYSTEM", true, 3],
  ])("are tried again on their own: %s", async (_, kind, ignoreRetryCause, attempts) => {
    const error = { code: "Boom", message: "it broke", kind };
    await using bench = await runToEnd(mapOf(), {
      ...over(1, 2),
      steps: { "n0-0-n1": [[{ phase: "RETRYABLE_FAILURE", error }]] },
      settings: {
        nodeDefaults: {
          maxAttempts: 3,
          maxSystemFailures: 10,
          ignoreRetryCause,
          interruptible: false,
          executionDeadline: 0,
          activeDeadline: 0,
        },
      },
    });
    expect(started(bench).filter((name) => name.startsWith("ex-n0-0-n1-"))).toEqual(
      Array.from({ length: attempts }, (__, attempt) => `ex-n0-0-n1-${attempt}`),
    );
    expect(started(bench).filter((name) => name.startsWith("ex-n0-0-n0-"))).toEqual(["ex-n0-0-n0-0"]);
    expect(listed(bench).filter(([index]) => index === 1)).toEqual(
      Array.from({ length: attempts }, (__, attempt) => [1, attempt, "FAILED"]),
    );
    expect(eventOf(bench, "n0", "FAILED").error?.message).toMatch(
      /^\[1\]: \[\d+\/\d+\] currentAttempt done\. Last Error: (USER|SYSTEM)::it broke\n$/,
    );
  });

  test("have the retries of their own node, and give what the attempt that succeeded left", async () => {
    await using bench = await runToEnd(mapOf({ metadata: { name: "e", retries: { retries: 2 } } }), {
      ...over(1, 2),
      steps: { "n0-0-n1": [["RETRYABLE_FAILURE"], ["RETRYABLE_FAILURE"], ["SUCCESS"]] },
      outputs: (id) => ({ literals: { o: integer(indexOf(id) + 70) } }),
    });
    expect(listed(bench)).toEqual([
      [0, 0, "SUCCEEDED"],
      [1, 0, "FAILED"],
      [1, 1, "FAILED"],
      [1, 2, "SUCCEEDED"],
    ]);
    expect(outputs(bench)).toEqual([70, 71]);
    expect(bench.world.attempts.get("ex-n0-0-n1-2")?.context).toMatchObject({
      outputPrefix: `${dataOf("n0")}/0/1/2`,
      previousCheckpointPrefix: expect.stringContaining("ex-n0-0-n1-1"),
    });
  });

  test("because their time is up are tried again; waiting for a place does not count", async () => {
    const metadata = { name: "e", timeout: toDuration(10_000), retries: { retries: 1 } };
    await using bench = await Bench.open(mapOf({ metadata, parallelism: 1 }), {
      ...over(1, 2),
      steps: { "n0-0-n0": [["RUNNING"], ["QUEUED", "QUEUED", "RUNNING", "SUCCESS"]] },
    });
    await bench.propeller.start();
    await bench.propeller.idle();
    await bench.advance(10_000);
    expect(listed(bench).slice(0, 2)).toEqual([
      [0, 0, "FAILED"],
      [0, 1, "QUEUED"],
    ]);
    await bench.advance(100_000);
    for (let turn = 0; turn < 12; turn++) await bench.step();
    expect(await bench.isOver).toBe(true);
    expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  });
});

test("the array's own time runs out for all of it, and it begins again", async () => {
  const metadata = { name: "n0", timeout: toDuration(10_000), retries: { retries: 1 } };
  await using bench = await Bench.open(mapOf({}, { metadata }), { ...over(1, 2), steps: { "n0-0-n1": [["RUNNING"]] } });
  await bench.propeller.start();
  await bench.propeller.idle();
  for (let turn = 0; turn < 4; turn++) await bench.step();
  await bench.advance(10_000);
  for (let turn = 0; turn < 4; turn++) await bench.step();
  expect(await bench.isOver).toBe(true);
  expect(started(bench)).toEqual(["ex-n0-0-n0-0", "ex-n0-0-n1-0", "ex-n0-1-n0-0", "ex-n0-1-n1-0"]);
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(bench.admin.phases("n0/0").at(-1)).toBe("SUCCEEDED");
  expect(bench.admin.violations).toEqual([]);
});

test("an abort reaches all elements, and the array ends after them", async () => {
  await using bench = await Bench.open(mapOf({ parallelism: 2 }), { ...over(1, 2, 3), steps: { "n0-0-n1": [["RUNNING"]] } });
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.step();
  await bench.workflows.terminate(executionId, "enough");
  await bench.finish();
  expect(listed(bench)).toEqual([
    [0, 0, "ABORTED"],
    [1, 0, "ABORTED"],
    [2, 0, "UNDEFINED"],
  ]);
  expect(bench.admin.order.slice(-3)).toEqual(["n0/0 ABORTED", "n0 ABORTED", "workflow ABORTED"]);
  expect([...bench.world.attempts.values()].map(({ aborted, finalized }) => [aborted, finalized])).toEqual([
    [["Workflow aborted."], 1],
    [["Workflow aborted."], 1],
  ]);
});

describe("parallelism", () => {
  const atOnce = async (workflow: WorkflowOf, options: BenchOptions): Promise<number[]> => {
    await using bench = await Bench.open(workflow, options);
    await bench.propeller.start();
    await bench.propeller.idle();
    const counts: number[] = [];
    for (let turn = 0; turn < 100 && !(await bench.isOver); turn++) {
      counts.push([...bench.world.attempts.values()].filter((attempt) => !attempt.removed).length);
      await bench.step();
    }
    expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
    return counts;
  };
  const two = { n0: { inputs: { x: promise("", "x") }, array: {} }, n1: {} };

  test.each<[string, NonNullable<NodeOf["array"]>, BenchOptions["settings"], number, number]>([
    ["its own", { parallelism: 2 }, {}, 0, 2],
    ["its own, whatever the execution's", { parallelism: 3 }, { arrayParallelism: "workflow" }, 1, 3],
    ["none", {}, {}, 1, 5],
    ["none, said so", { parallelism: 0 }, { arrayParallelism: "hybrid" }, 2, 5],
    ["the execution's", {}, { arrayParallelism: "hybrid" }, 2, 2],
    ["the execution's, whatever it says", { parallelism: 0 }, { arrayParallelism: "workflow" }, 2, 2],
    ["the execution's, which has none", {}, { arrayParallelism: "workflow" }, 0, 5],
  ])("of elements: %s", async (_, array, settings, maxParallelism, most) => {
    const counts = await atOnce(mapOf(array, {}, { maxParallelism }), { ...over(1, 2, 3, 4, 5), settings });
    expect(Math.max(...counts)).toBe(most);
  });

  test("an array is one of those that share the execution's", async () => {
    const counts = await atOnce({ nodes: { ...two, n2: {} }, spec: { maxParallelism: 2 } }, over(1, 2, 3));
    // The elements of n0 and n1; n2 afterwards.
    expect(counts[0]).toBe(4);
  });

  test("arrays that begin together begin no more elements than it has places", async () => {
    const array: NodeOf = { inputs: { x: promise("", "x") }, array: {} };
    await using bench = await Bench.open(
      { nodes: { n0: array, n1: array, n2: array }, spec: { maxParallelism: 4 } },
      { ...over(1, 2, 3, 4, 5, 6), settings: { arrayParallelism: "workflow" } },
    );
    await bench.propeller.start();
    await bench.propeller.idle();
    expect(started(bench)).toHaveLength(4);
    await bench.finish();
    expect([started(bench).length, bench.admin.last("workflow")?.phase]).toEqual([18, "SUCCEEDED"]);
  });

  test("elements that share it leave no place for others", async () => {
    const counts = await atOnce(
      { nodes: two, spec: { maxParallelism: 2 } },
      { ...over(1, 2, 3), settings: { arrayParallelism: "workflow" } },
    );
    expect(Math.max(...counts)).toBe(2);
  });
});

describe("the cache", () => {
  const task = { metadata: { discoverable: true, discoveryVersion: "1" } };
  test("that another element has filled meanwhile ends the one that waited, and that is told", async () => {
    const task = { metadata: { discoverable: true, discoveryVersion: "1", cacheSerializable: true } };
    await using bench = await runToEnd(mapOf({}, { task }), { ...over(5, 5), catalog: "ours" });
    expect(listed(bench)).toEqual([
      [0, 0, "SUCCEEDED"],
      [1, 0, "SUCCEEDED"],
    ]);
    expect(started(bench)).toHaveLength(1);
    const told = taskEvents(bench).flatMap((event) => event.metadata?.externalResources ?? []);
    const { CACHE_POPULATED, CACHE_HIT } = flyteidl.core.CatalogCacheStatus;
    expect([0, 1].map((index) => told.findLast((one) => one.index === index)?.cacheStatus)).toEqual([CACHE_POPULATED, CACHE_HIT]);
    expect(outputs(bench)).toEqual([1, 1]);
  });

  test("is asked for each element alone, by its own value", async () => {
    const literals = { x: integers(1, 2, 1), y: integers(3, 2, 1) };
    const workflow: WorkflowOf = {
      nodes: {
        n0: { inputs: { x: promise("", "x") }, array: { parallelism: 1 }, task },
        n1: {
          after: ["n0"],
          inputs: { x: promise("", "y") },
          raw: {
            id: "n1",
            inputs: [{ var: "x", binding: promise("", "y") }],
            upstreamNodeIds: ["n0"],
            arrayNode: {
              node: { taskNode: { referenceId: { resourceType: 1, project: "p", domain: "d", name: "task-n0", version: "v" } } },
            },
          },
        },
      },
    };
    await using bench = await runToEnd(workflow, {
      inputs: { literals },
      catalog: "ours",
      outputs: (id) => ({ literals: { o: integer(id === "n0-0-n0" ? 11 : 12) } }),
    });
    expect(started(bench)).toEqual(["ex-n0-0-n0-0", "ex-n0-0-n1-0", "ex-n1-0-n0-0"]);
    const statuses = (node: string): unknown => {
      const last = new Map<number, number>();
      for (const event of taskEvents(bench, node))
        for (const one of event.metadata?.externalResources ?? []) last.set(one.index ?? 0, one.cacheStatus ?? 0);
      return [...last].sort(([a], [b]) => a - b).map(([, status]) => flyteidl.core.CatalogCacheStatus[status]);
    };
    expect(statuses("n0")).toEqual(["CACHE_POPULATED", "CACHE_POPULATED", "CACHE_HIT"]);
    expect(statuses("n1")).toEqual(["CACHE_POPULATED", "CACHE_HIT", "CACHE_HIT"]);
    expect(outputs(bench)).toEqual([11, 12, 11]);
  });
});

describe("a crash", () => {
  test("runs no element again that had ended, and loses none", async () => {
    const values = Array.from({ length: 30 }, (_, index) => index);
    await using bench = await Bench.open(mapOf({ parallelism: 4 }), {
      ...over(...values),
      outputs: (id) => ({ literals: { o: integer(indexOf(id)) } }),
    });
    await bench.propeller.start();
    await bench.propeller.idle();
    for (let turn = 0; turn < 60 && !(await bench.isOver); turn++) {
      await bench.step();
      await bench.propeller.stop();
      bench.replacePropeller();
      await bench.propeller.start();
      await bench.propeller.idle();
    }
    await bench.finish();
    expect(bench.literals(`${dataOf("n0")}/inputs.pb`)?.["x"]?.collection?.literals?.map(valueOf)).toEqual(values);
    expect(outputs(bench)).toEqual(values);
    expect(started(bench)).toEqual(values.map((index) => `ex-n0-0-n${index}-0`));
    expect([...bench.world.attempts.values()].every((attempt) => attempt.finalized === 1)).toBe(true);
    expect([bench.world.violations, bench.admin.violations]).toEqual([[], []]);
    expect(listed(bench)).toEqual(values.map((index) => [index, 0, "SUCCEEDED"]));
  });

  test("keeps no state of elements that have ended", async () => {
    const values = Array.from({ length: 20 }, (_, index) => index);
    await using bench = await Bench.open(
      { nodes: { ...mapOf({ parallelism: 5 }).nodes, last: { after: ["n0"] } } },
      { ...over(...values), steps: { last: [["RUNNING"]] } },
    );
    await bench.propeller.start();
    await bench.propeller.idle();
    for (let turn = 0; turn < 30; turn++) await bench.step();
    await bench.propeller.stop();
    expect(bench.admin.phases("n0").at(-1)).toBe("SUCCEEDED");
    const kept = (await bench.workflows.claim(executionId, "test", 0, 1))?.nodes;
    expect([...(kept?.keys() ?? [])].sort()).toEqual(["last", "n0", "n0/0/#0", "start-node"]);
  });
});

describe("millions of elements", () => {
  /** A list of so many literals of nothing, two bytes each. */
  const listOf = (count: number): Uint8Array => {
    const list = Buffer.alloc(2 * count);
    for (let at = 0; at < list.length; at += 2) list[at] = 10;
    return bytesField(1, concatBytes(bytesField(1, Buffer.from("x")), bytesField(2, bytesField(2, list))));
  };
  /** Without what ends the workflow: who uses a list may need it whole. */
  const alone: WorkflowOf = { nodes: { n0: { inputs: { x: promise("", "x") }, array: {} } } };

  test("more than five are refused, before anything of them is in memory", async () => {
    await using bench = await Bench.open(alone);
    await bench.blobs.put(inputsUri, listOf(5_000_001));
    const before = process.memoryUsage().heapUsed;
    await bench.propeller.start();
    await bench.finish();
    expect(eventOf(bench, "n0", "FAILED").error).toMatchObject({
      code: "InvalidArrayLength",
      message: "an array has [5000001] elements, more than the limit of [5000000]",
    });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  });

  test("five begin, a few thousand at a time; an abort ends them, and a restart goes on", { timeout: 60_000 }, async () => {
    const fails = [["RUNNING", "PERMANENT_FAILURE"] as const];
    await using bench = await Bench.open(
      { nodes: { n0: { inputs: { x: promise("", "x") }, array: { minSuccessRatio: 0.5 } } } },
      { steps: { "n0-0-n0": fails, "n0-0-n4999": fails } },
    );
    await bench.blobs.put(inputsUri, listOf(5_000_000));
    const before = process.memoryUsage().heapUsed;
    await bench.propeller.start();
    await bench.propeller.idle();
    expect(bench.world.attempts.size).toBe(5000);
    expect(listed(bench).length).toBe(10_000);
    const some = ["n0-0-n0", "n0-0-n4999"];
    for (let step = 0; step < 2; step++) await bench.step(...some);
    expect(bench.world.attempts.size).toBe(5002);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(300e6);
    await bench.propeller.stop();
    bench.replacePropeller();
    await bench.propeller.start();
    await bench.propeller.idle();
    expect(bench.world.attempts.size).toBe(5002);
    await bench.workflows.terminate(executionId, "enough");
    await bench.finish();
    expect(bench.admin.last("workflow")?.phase).toBe("ABORTED");
    expect([...bench.world.attempts.values()].every((attempt) => attempt.finalized === 1)).toBe(true);
    const counts = taskEvents(bench).at(-1)?.customInfo?.fields?.["flyte_array"]?.structValue?.fields;
    expect([counts?.["failed"]?.numberValue, counts?.["aborted"]?.numberValue]).toEqual([2, 4_999_998]);
  });
});

test("arrays within sub-workflows, and after one another", async () => {
  const inner: WorkflowOf = {
    nodes: { a: { inputs: { x: promise("", "x") }, array: {} }, b: { inputs: { x: promise("a") }, array: { parallelism: 1 } } },
    outputs: { o: promise("b") },
  };
  await using bench = await runToEnd(
    { nodes: { n0: { inputs: { x: promise("", "x") }, workflow: inner, task: {} } }, outputs: { r: promise("n0") } },
    {
      ...over(1, 2),
      outputs: (id, inputs) => ({
        literals: {
          o: integer(3 * (valueOf(inputs.literals?.["x"]?.collection?.literals?.[indexOf(id)]) ?? 0)),
        },
      }),
    },
  );
  expect(started(bench)).toEqual(["ex-n0-0-a-0-n0-0", "ex-n0-0-a-0-n1-0", "ex-n0-0-b-0-n0-0", "ex-n0-0-b-0-n1-0"]);
  expect(outputs(bench)).toEqual([9, 18]);
  expect(bench.world.attempts.get("ex-n0-0-b-0-n1-0")?.context.outputPrefix).toBe(`${dataOf("n0")}/0/b/0/1/0`);
  expect(bench.admin.violations).toEqual([]);
});

test("an event that a crash has left without its save is told again, whole, at the next version", async () => {
  await using bench = await Bench.open(mapOf(), over(1, 2));
  let refused = 0;
  bench.admin.before = (seen) => {
    // Admin has had version 1, of which this process knows nothing.
    if (seen.subject !== "n0/0" || seen.phase !== "RUNNING" || refused > 0) return undefined;
    refused++;
    return new StatusError("ALREADY_EXISTS", "have already recorded task execution phase");
  };
  await bench.propeller.start();
  await bench.finish();
  expect(refused).toBe(1);
  expect(taskEvents(bench).map((event) => event.phaseVersion)[1]).toBe(2);
  expect(listed(bench)).toEqual([
    [0, 0, "SUCCEEDED"],
    [1, 0, "SUCCEEDED"],
  ]);
});

describe("what admin would not take in one event", () => {
  const logs = [{ name: "log", uri: `http://${"x".repeat(300_000)}` }];

  test("is told in several", async () => {
    await using bench = await runToEnd(mapOf(), {
      ...over(1, 2, 3, 4, 5, 6, 7),
      steps: Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((index) => [`n0-0-n${index}`, [[{ phase: "SUCCESS", logs }]]])),
    });
    const sizes = taskEvents(bench).map((event) => flyteidl.event.TaskExecutionEvent.encode(event).finish().length);
    expect([Math.max(...sizes) < 1_000_000, sizes.reduce((sum, size) => sum + size) > 2_100_000]).toEqual([true, true]);
    expect(listed(bench)).toEqual([0, 1, 2, 3, 4, 5, 6].map((index) => [index, 0, "SUCCEEDED"]));
  });

  test.each(["FAILED", "ABORTED"])("holds no execution up when it is refused all the same: %s", async (end) => {
    const { RUNNING } = flyteidl.core.TaskExecution.Phase;
    const isTooLarge = ({ level, event }: ExecutionEvent): boolean => level === "task" && event.phase === RUNNING;
    let isOpen = end === "ABORTED";
    await using bench = await Bench.open(mapOf(), {
      ...over(1, 2),
      steps: { "n0-0-n0": [["RUNNING", "SUCCESS"]] },
      wrap: (deps) => ({
        ...deps,
        events: {
          async record(events) {
            const recorded = [...(await deps.events.record(events.filter((event) => isOpen || !isTooLarge(event))))];
            return events.map((event) =>
              isOpen || !isTooLarge(event) ? recorded.shift() : new StatusError("RESOURCE_EXHAUSTED", "too large"),
            );
          },
        },
      }),
    });
    await bench.propeller.start();
    await bench.propeller.idle();
    isOpen = false;
    if (end === "ABORTED") await bench.workflows.terminate(executionId, "enough");
    await bench.finish();
    expect([bench.admin.phases("n0").at(-1), bench.admin.phases("n0/0").at(-1)]).toEqual([end, end]);
    expect([bench.admin.last("workflow")?.phase, bench.world.violations]).toEqual([end, []]);
  });
});
