import { describe, expect, test } from "vitest";
import { Bench, type BenchOptions, type Reach } from "./bench.ts";
import { addOne, dataOf, executionId, integer, integers, launchPlanId, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { ExecutionPhase } from "../../../src/idl/phases.ts";
import type { NodeExecutionEvent, WorkflowExecutionEvent } from "../../../src/idl/types.ts";
import type { NodeOf, WorkflowOf } from "./workflow-of.ts";

const mapOf = (array: NonNullable<NodeOf["array"]> = {}, more: Partial<NodeOf> = {}, spec?: WorkflowOf["spec"]): WorkflowOf => ({
  nodes: {
    n0: { launches: "lp", inputs: { x: promise("", "x") }, array: { isOriginalSubNodeInterface: { value: true }, ...array }, ...more },
  },
  outputs: { r: promise("n0") },
  ...(spec && { spec }),
});
const over = (...values: number[]): BenchOptions => ({ inputs: { literals: { x: integers(...values) } } });
const reaches: readonly Reach[] = ["DIRECT", "JOINED", "GRPC"];

async function opened(workflow: WorkflowOf, options: BenchOptions): Promise<Bench> {
  const bench = await Bench.open(workflow, options);
  bench.launchPlans.set("lp", {
    expectedInputs: { parameters: {} },
    expectedOutputs: { variables: { o: { type: { simple: flyteidl.core.SimpleType.INTEGER } } } },
  });
  await bench.propeller.start();
  await bench.propeller.idle();
  return bench;
}

const child = (index: number, attempt = 0, node = "n0-0"): string => `ex-${node}-n${index}-${attempt}`;
const launched = (bench: Bench): string[] => [...bench.children.children.keys()];

/** The child of an element ends, and admin wakes that element. */
async function end(bench: Bench, index: number, phase: ExecutionPhase, attempt = 0): Promise<void> {
  const name = child(index, attempt);
  const { inputs } = bench.children.of(name).request;
  bench.children.end(
    name,
    phase,
    phase === "SUCCEEDED" ? { outputs: addOne("", inputs ?? {}) } : { error: { code: "Boom", message: `no ${index}` } },
  );
  bench.workflows.wake(executionId, `n0-0-n${index}`);
  await bench.propeller.idle();
}

const eventOf = (bench: Bench, subject: string, phase: string): NodeExecutionEvent =>
  bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event as NodeExecutionEvent;
const errorOf = (bench: Bench): unknown => (bench.admin.last("workflow")?.event.event as WorkflowExecutionEvent | undefined)?.error;
const outputs = (bench: Bench): unknown =>
  bench
    .literals(`${dataOf("n0")}/0/outputs.pb`)
    ?.["o"]?.collection?.literals?.map(({ scalar }) => (scalar?.primitive?.integer == null ? null : Number(scalar.primitive.integer)));

describe("an array over a launch plan", () => {
  test.each(reaches)("launches one execution an element, each a node below the array, %s", async (reach) => {
    await using bench = await opened(mapOf({}, {}, { maxParallelism: 25, envs: { values: [{ key: "A", value: "b" }] } }), {
      ...over(5, 6, 7),
      reach,
    });
    expect(launched(bench)).toEqual([child(0), child(1), child(2)]);
    expect(bench.children.of(child(1)).request).toMatchObject({
      inputs: { literals: { x: integer(6) } },
      spec: {
        launchPlan: launchPlanId("lp"),
        // What they may do at a time is their array's to say.
        maxParallelism: 0,
        metadata: { parentNodeExecution: { nodeId: "n0-0-n1", executionId } },
        envs: {
          values: [
            { key: "A", value: "b" },
            { key: "BATCH_JOB_ARRAY_INDEX_VAR_NAME", value: "FLYTE_K8S_ARRAY_INDEX" },
            { key: "FLYTE_K8S_ARRAY_INDEX", value: "1" },
          ],
        },
      },
    });
    for (const index of [2, 0, 1]) await end(bench, index, "SUCCEEDED");
    await bench.finish();
    expect(bench.admin.violations).toEqual([]);
    expect(outputs(bench)).toEqual([6, 7, 8]);
    expect(bench.admin.subjects).toEqual(["workflow", "start-node", "n0", "n0-0-n0", "n0-0-n1", "n0-0-n2", "end-node"]);
    for (const index of [0, 1, 2]) expect(bench.admin.phases(`n0-0-n${index}`)).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
    expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
    expect(eventOf(bench, "n0-0-n1", "SUCCEEDED")).toMatchObject({
      specNodeId: "n1",
      nodeName: "n1",
      parentNodeMetadata: { nodeId: "n0" },
      retryGroup: "0",
      targetEntity: launchPlanId("lp"),
      workflowNodeMetadata: { executionId: { project: "p", domain: "d", name: child(1) } },
      inputUri: `${dataOf("n0")}/inputs.pb`,
      outputUri: `${dataOf("n0")}/0/1/0/outputs.pb`,
    });
    // FlyteRemote takes no array for a parent.
    expect(eventOf(bench, "n0", "SUCCEEDED")).toMatchObject({ isArray: true });
    expect(eventOf(bench, "n0", "SUCCEEDED").isParent ?? false).toBe(false);
  });

  test("gives each child its own file where the array says so, and the whole of what is bound", async () => {
    const individual = flyteidl.core.ArrayNode.DataMode.INDIVIDUAL_INPUT_FILES;
    const workflow = mapOf({ dataMode: individual, boundInputs: ["y"] }, { inputs: { x: promise("", "x"), y: promise("", "x") } });
    await using bench = await opened(workflow, over(5, 6));
    const inputs = { x: integer(6), y: integers(5, 6) };
    expect(bench.children.of(child(1)).request.inputs).toMatchObject({ literals: inputs });
    expect(bench.literals(`${dataOf("n0")}/1/0/inputs.pb`)).toMatchObject(inputs);
    expect(eventOf(bench, "n0-0-n1", "QUEUED").inputUri).toBe(`${dataOf("n0")}/1/0/inputs.pb`);
  });

  test("launches no more at a time than it may", async () => {
    await using bench = await opened(mapOf({ parallelism: 2 }), over(1, 2, 3, 4));
    expect(launched(bench)).toEqual([child(0), child(1)]);
    await end(bench, 1, "SUCCEEDED");
    expect(launched(bench)).toEqual([child(0), child(1), child(2)]);
    await end(bench, 0, "SUCCEEDED");
    await end(bench, 2, "SUCCEEDED");
    await end(bench, 3, "SUCCEEDED");
    await bench.finish();
    expect(outputs(bench)).toEqual([2, 3, 4, 5]);
  });

  test.each<[string, NonNullable<NodeOf["array"]>, string, unknown]>([
    ["a ratio", { minSuccessRatio: 0.5 }, "SUCCEEDED", [6, null]],
    ["a number", { minSuccesses: 1 }, "SUCCEEDED", [6, null]],
    ["all of them", {}, "FAILED", undefined],
  ])("asks for as many successes as %s says", async (_, array, phase, expected) => {
    await using bench = await opened(mapOf(array), over(5, 6));
    await end(bench, 0, "SUCCEEDED");
    await end(bench, 1, "FAILED");
    await bench.finish();
    expect(bench.admin.last("n0")?.phase).toBe(phase);
    expect(bench.admin.last("n0-0-n1")?.phase).toBe("FAILED");
    expect(outputs(bench)).toEqual(expected);
    if (phase === "FAILED") expect(errorOf(bench)).toMatchObject({ message: "[1]: no 1\n" });
  });

  test("gives an empty list for no elements", async () => {
    await using bench = await opened(mapOf(), over());
    await bench.finish();
    expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
    expect(outputs(bench)).toEqual([]);
  });

  test.each(reaches)("ends what still runs once it is lost, %s", async (reach) => {
    await using bench = await opened(mapOf(), { ...over(5, 6, 7), reach });
    await end(bench, 1, "FAILED");
    await bench.finish();
    const cause = "cascading abort as parent execution id [ex] aborted, reason [ArrayNodeFailing]";
    expect([0, 1, 2].map((index) => bench.children.of(child(index)).terminated)).toEqual([[cause], [], [cause]]);
    expect([0, 1, 2].map((index) => bench.admin.last(`n0-0-n${index}`)?.phase)).toEqual(["ABORTED", "FAILED", "ABORTED"]);
    expect(bench.admin.violations).toEqual([]);
  });

  test.each(reaches)("ends all that runs when its execution is terminated, %s", async (reach) => {
    await using bench = await opened(mapOf({ parallelism: 2 }), { ...over(5, 6, 7), reach });
    await end(bench, 0, "SUCCEEDED");
    await bench.workflows.terminate(executionId, "enough");
    await bench.finish();
    expect(bench.admin.last("workflow")?.phase).toBe("ABORTED");
    expect(launched(bench)).toHaveLength(3);
    expect([0, 1, 2].map((index) => bench.children.of(child(index)).terminated.length)).toEqual([0, 1, 1]);
    expect([0, 1, 2].map((index) => bench.admin.last(`n0-0-n${index}`)?.phase)).toEqual(["SUCCEEDED", "ABORTED", "ABORTED"]);
    expect(bench.admin.violations).toEqual([]);
  });

  test("tries an element again whose time ran out, as another execution", async () => {
    const metadata = { name: "element", timeout: toDuration(10_000), retries: { retries: 1 } };
    await using bench = await opened(mapOf({ metadata }), over(5, 6));
    await end(bench, 0, "SUCCEEDED");
    await bench.advance(10_000);
    expect(launched(bench)).toEqual([child(0), child(1), child(1, 1)]);
    expect(bench.children.of(child(1)).terminated).toEqual([
      "cascading abort as parent execution id [ex] aborted, reason [task execution timeout [10s] expired]",
    ]);
    await end(bench, 1, "SUCCEEDED", 1);
    await bench.finish();
    expect(outputs(bench)).toEqual([6, 7]);
    expect(eventOf(bench, "n0-0-n1", "SUCCEEDED")).toMatchObject({
      workflowNodeMetadata: { executionId: { name: child(1, 1) } },
      outputUri: `${dataOf("n0")}/0/1/1/outputs.pb`,
    });
  });
});
