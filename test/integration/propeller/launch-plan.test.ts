import { describe, expect, test } from "vitest";
import { Bench, type BenchOptions } from "./bench.ts";
import { condition, dataOf, executionId, integer, launchPlanId, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { statusCodes, StatusError, type StatusName } from "../../../src/idl/status.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { Child } from "../../support/child-model.ts";
import type { ExecutionPhase } from "../../../src/idl/phases.ts";
import type { NodeExecutionEvent, WorkflowExecutionEvent } from "../../../src/idl/types.ts";
import type { WorkflowOf } from "./workflow-of.ts";

const eventOf = (bench: Bench, subject: string, phase: string): NodeExecutionEvent =>
  bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event as NodeExecutionEvent;
const errorOf = (bench: Bench): unknown => (bench.admin.last("workflow")?.event.event as WorkflowExecutionEvent | undefined)?.error;

async function opened(workflow: WorkflowOf, options: BenchOptions = {}): Promise<Bench> {
  const bench = await Bench.open(workflow, { inputs: { literals: { x: integer(7) } }, ...options });
  await bench.propeller.start();
  await bench.propeller.idle();
  return bench;
}

/** A child ends, and admin wakes the node that waits for it. */
async function end(bench: Bench, name: string, nodeId: string, phase: ExecutionPhase, how: Parameters<Bench["children"]["end"]>[2] = {}) {
  bench.children.end(name, phase, how);
  bench.workflows.wake(executionId, nodeId);
  await bench.propeller.idle();
}

const launches = (name = "lp"): WorkflowOf => ({
  nodes: { n0: { launches: name, inputs: { x: promise("", "x") } }, n1: { inputs: { y: promise("n0") } } },
  outputs: { r: promise("n1") },
});
const three = { outputs: { literals: { o: integer(3) } } };

test("a child is launched once admin knows the node, and its outputs are the node's", async () => {
  await using bench = await opened(launches());
  expect(bench.children.calls).toEqual(["create ex-n0-0"]);
  expect(bench.children.of("ex-n0-0").request).toMatchObject({
    project: "p",
    domain: "d",
    name: "ex-n0-0",
    inputs: { literals: { x: integer(7) } },
    spec: {
      launchPlan: launchPlanId("lp"),
      metadata: {
        mode: flyteidl.admin.ExecutionMetadata.ExecutionMode.CHILD_WORKFLOW,
        nesting: 1,
        parentNodeExecution: { nodeId: "n0", executionId },
      },
    },
  });
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING"]);
  expect(eventOf(bench, "n0", "QUEUED").workflowNodeMetadata).toBeUndefined();
  const child = { executionId: { project: "p", domain: "d", name: "ex-n0-0" } };
  expect(eventOf(bench, "n0", "RUNNING")).toMatchObject({ workflowNodeMetadata: child, targetEntity: launchPlanId("lp") });
  expect(eventOf(bench, "n0", "RUNNING").isParent).toBeFalsy();

  await end(bench, "ex-n0-0", "n0", "SUCCEEDED", three);
  expect(bench.children.calls.slice(1)).toEqual(["get ex-n0-0", "outputs ex-n0-0"]);
  expect(eventOf(bench, "n0", "SUCCEEDED")).toMatchObject({ workflowNodeMetadata: child, outputUri: `${dataOf("n0")}/0/outputs.pb` });
  expect(bench.literals(`${dataOf("n0")}/0/outputs.pb`)).toEqual({ o: expect.objectContaining(integer(3)) });
  await bench.finish();
  expect(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)).toEqual({ r: expect.objectContaining(integer(4)) });
  expect(bench.admin.violations).toEqual([]);
  expect(bench.children.calls).toHaveLength(3);
});

test("admin has the node's first event before the child is asked for, however events are saved", async () => {
  for (const reach of ["DIRECT", "JOINED", "GRPC"] as const) {
    const known: unknown[] = [];
    const bench = await Bench.open({ nodes: { t: {}, n0: { launches: "lp", after: ["t"] } } }, { reach, steps: { t: [["SUCCESS"]] } });
    bench.children.before = (method) => void (method === "create" && known.push(bench.admin.phases("n0")));
    await bench.propeller.start();
    await bench.propeller.idle();
    expect(known, reach).toEqual([["QUEUED"]]);
    await bench[Symbol.asyncDispose]();
  }
});

test("a child is given what its parent runs with", async () => {
  const spec = {
    labels: { values: { team: "a", "shard-key": "6" } },
    annotations: { values: { note: "b" } },
    securityContext: { runAs: { iamRole: "role" } },
    maxParallelism: 4,
    rawOutputDataConfig: { outputLocationPrefix: "s3://else" },
    interruptible: { value: false },
    overwriteCache: true,
    envs: { values: [{ key: "A", value: "1" }] },
  };
  await using bench = await opened({ ...launches(), spec });
  const given = bench.children.of("ex-n0-0").request.spec;
  expect(given).toMatchObject({ ...spec, labels: { values: { team: "a" } } });
  expect(given?.labels?.values).toEqual({ team: "a" });
  // The place that all have anyway is left for the child's plan to say.
  await using usual = await opened({ ...launches(), spec: { rawOutputDataConfig: { outputLocationPrefix: "s3://bucket/raw" } } });
  expect(usual.children.of("ex-n0-0").request.spec?.rawOutputDataConfig).toBeNull();
  await using bare = await opened(launches());
  const none = bare.children.of("ex-n0-0").request.spec;
  expect([none?.interruptible, none?.overwriteCache, none?.maxParallelism, none?.labels?.values]).toEqual([null, false, 0, {}]);
});

test("only the child that has ended is asked about", async () => {
  await using bench = await opened({ nodes: { a: { launches: "lp" }, b: { launches: "lp" }, c: {} } });
  expect(bench.children.calls).toEqual(["create ex-a-0", "create ex-b-0"]);
  await end(bench, "ex-b-0", "b", "SUCCEEDED", three);
  await bench.step("c");
  expect(bench.children.calls.filter((call) => call.endsWith("ex-a-0"))).toEqual(["create ex-a-0", "get ex-a-0"]);
  expect(bench.children.calls.filter((call) => call.endsWith("ex-b-0"))).toEqual(["create ex-b-0", "get ex-b-0", "outputs ex-b-0"]);
});

test("below other nodes the unique id names the child, hashed when that is long", async () => {
  await using bench = await opened({
    nodes: {
      s: { workflow: { nodes: { n0: { launches: "lp" } } } },
      b: { inputs: { v: integer(1) }, branch: { when: condition("v", "EQ", 1), arm: { launches: "lp" }, error: "none" } },
    },
  });
  const parents = [...bench.children.children].map(([name, { request }]) => [name, request.spec?.metadata?.parentNodeExecution?.nodeId]);
  expect(parents).toEqual([
    ["ex-s-0-n0-0", "s-0-n0"],
    ["ex-b-0-b-then-0", "b-0-b-then"],
  ]);
  await end(bench, "ex-s-0-n0-0", "s-0-n0", "SUCCEEDED");
  await end(bench, "ex-b-0-b-then-0", "b-0-b-then", "SUCCEEDED");
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  await using long = await opened({ nodes: { "hello-world-again": { launches: "lp" } } });
  // FNV-1a of 64 bits of ex-hello-world-again-0, in Flyte's base 32.
  expect([...long.children.children.keys()]).toEqual([expect.stringMatching(/^f[a-z1-6]{13}$/)]);
});

test("outputs that admin does not hand out are read where the child has left them; none at all is an empty map", async () => {
  await using bench = await opened(launches());
  const uri = "s3://bucket/metadata/propeller/p-d-child/end-node/data/0/outputs.pb";
  await bench.blobs.put(uri, flyteidl.core.LiteralMap.encode({ literals: { o: integer(5) } }).finish());
  await end(bench, "ex-n0-0", "n0", "SUCCEEDED", { outputsUri: uri });
  expect(bench.literals(`${dataOf("n0")}/0/outputs.pb`)).toEqual({ o: expect.objectContaining(integer(5)) });
  await using none = await opened({ nodes: { n0: { launches: "lp" } } });
  await end(none, "ex-n0-0", "n0", "SUCCEEDED");
  expect(none.literals(`${dataOf("n0")}/0/outputs.pb`)).toEqual({});
  expect(none.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("a child's failure is the node's, for good whatever retries it has", async () => {
  await using bench = await opened({ nodes: { n0: { launches: "lp", metadata: { name: "n0", retries: { retries: 3 } } }, n1: {} } });
  const error = { code: "USER:ValueError", message: "no 7", kind: flyteidl.core.ExecutionError.ErrorKind.SYSTEM };
  await end(bench, "ex-n0-0", "n0", "FAILED", { error });
  await bench.finish();
  expect(eventOf(bench, "n0", "FAILED")).toMatchObject({ error, workflowNodeMetadata: { executionId: { name: "ex-n0-0" } } });
  expect(errorOf(bench)).toMatchObject(error);
  expect(eventOf(bench, "n1", "ABORTED").error?.message).toBe("Some node execution failed, auto-abort.");
  expect(bench.children.calls).toEqual(["create ex-n0-0", "get ex-n0-0"]);
});

test("a child that is gone fails the node", async () => {
  await using bench = await opened(launches());
  bench.children.children.clear();
  bench.workflows.wake(executionId, "n0");
  await bench.propeller.idle();
  expect(eventOf(bench, "n0", "FAILED").error).toMatchObject({ code: "RemoteChildWorkflowExecutionFailed", kind: 2 });
  expect(eventOf(bench, "n0", "FAILED").error?.message).toContain("desc = no execution ex-n0-0");
});

const system: readonly StatusName[] = ["DATA_LOSS", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "CANCELLED"];
const codes: Readonly<Partial<Record<StatusName, string>>> = {
  INVALID_ARGUMENT: "InvalidArgument",
  NOT_FOUND: "NotFound",
  PERMISSION_DENIED: "PermissionDenied",
  RESOURCE_EXHAUSTED: "ResourceExhausted",
  FAILED_PRECONDITION: "FailedPrecondition",
  ABORTED: "Aborted",
  OUT_OF_RANGE: "OutOfRange",
  UNIMPLEMENTED: "Unimplemented",
  UNAUTHENTICATED: "Unauthenticated",
};

describe("a launch that admin does not take", () => {
  const open = async (status: StatusName, times: number): Promise<Bench> => {
    const bench = await Bench.open(launches(), { inputs: { literals: { x: integer(7) } } });
    let left = times;
    bench.children.before = (method) => {
      if (method === "create" && left-- > 0) throw new StatusError(status, "not today");
    };
    await bench.propeller.start();
    return bench;
  };

  test("each status is tried again, or the node's failure, or as good as launched", () => {
    const sorted = [...system, ...Object.keys(codes), "UNAVAILABLE", "ALREADY_EXISTS", "OK"].toSorted();
    expect(sorted).toEqual(Object.keys(statusCodes).toSorted());
  });

  test.each(Object.entries(codes))("%s: the node's own failure", async (status, code) => {
    await using bench = await open(status as StatusName, 1);
    await bench.finish();
    const message = `[UserError] failed to launch workflow, caused by: rpc error: code = ${code} desc = not today`;
    expect(errorOf(bench)).toMatchObject({ code: "RuntimeExecutionError", message, kind: 1 });
    expect(bench.children.calls).toEqual(["create ex-n0-0"]);
    expect(eventOf(bench, "n0", "FAILED").workflowNodeMetadata).toBeUndefined();
  });

  test.each(system)("%s: tried again by the round, which counts it", async (status) => {
    await using bench = await open(status, 4);
    for (let turn = 0; turn < 6; turn++) await bench.advance(10_000);
    expect([bench.admin.phases("n0"), bench.children.calls]).toEqual([["QUEUED", "RUNNING"], Array(5).fill("create ex-n0-0")]);
    await using broken = await open(status, 1000);
    await broken.finish();
    expect(errorOf(broken)).toMatchObject({ code: "SystemRetriesExhausted" });
  });

  test("UNAVAILABLE: tried again for as long as it takes", async () => {
    await using bench = await open("UNAVAILABLE", 60);
    for (let turn = 0; turn < 70; turn++) await bench.advance(3_000);
    expect([bench.admin.phases("n0"), bench.children.calls.length]).toEqual([["QUEUED", "RUNNING"], 61]);
  });
});

test("admin away while a child is asked about, its outputs are read, or it is terminated costs only time", async () => {
  for (const away of ["get", "outputs"]) {
    await using bench = await opened(launches());
    let left = 30;
    bench.children.before = (method) => {
      if (method === away && left-- > 0) throw new StatusError("UNAVAILABLE", "nobody there");
    };
    await end(bench, "ex-n0-0", "n0", "SUCCEEDED", three);
    await bench.finish();
    expect([bench.admin.last("workflow")?.phase, left], away).toEqual(["SUCCEEDED", -1]);
  }
  await using bench = await opened(launches());
  let left = 30;
  bench.children.before = (method) => {
    if (method === "terminate" && left-- > 0) throw new StatusError("UNAVAILABLE", "nobody there");
  };
  await bench.workflows.terminate(executionId, "enough");
  await bench.finish();
  expect([bench.admin.last("workflow")?.phase, bench.children.of("ex-n0-0").phase]).toEqual(["ABORTED", "ABORTING"]);
});

const cause = (reason: string): string[] => [`cascading abort as parent execution id [ex] aborted, reason [${reason}]`];
const causesOf = (bench: Bench): unknown =>
  Object.fromEntries([...bench.children.children].map(([name, child]: [string, Child]) => [name, child.terminated]));

test("an abort terminates the children that still run, and does not wait for them", async () => {
  await using bench = await opened({
    nodes: { a: { launches: "lp" }, b: { launches: "lp" }, s: { workflow: { nodes: { n0: { launches: "lp" } } } }, t: {} },
  });
  await end(bench, "ex-b-0", "b", "SUCCEEDED");
  await bench.workflows.terminate(executionId, "enough");
  await bench.propeller.idle();
  expect(bench.admin.last("workflow")?.phase).toBe("ABORTED");
  expect(causesOf(bench)).toEqual({ "ex-a-0": cause("Workflow aborted."), "ex-b-0": [], "ex-s-0-n0-0": cause("Workflow aborted.") });
  expect(bench.admin.phases("a")).toEqual(["QUEUED", "RUNNING", "ABORTED"]);
  expect(await bench.isOver).toBe(true);
});

test("children of a workflow that fails are terminated; one that has just ended, or that is gone, holds nothing up", async () => {
  await using bench = await opened(
    { nodes: { a: { launches: "lp" }, b: { launches: "lp" }, c: { launches: "lp" }, t: {} } },
    { steps: { t: [["RUNNING", "PERMANENT_FAILURE"]] } },
  );
  bench.children.end("ex-b-0", "FAILED");
  bench.children.children.delete("ex-c-0");
  for (let turn = 0; turn < 3; turn++) {
    for (const attempt of bench.world.unfinished) attempt.position++;
    bench.propeller.wake(executionId, "t");
    await bench.propeller.idle();
  }
  expect(bench.admin.last("workflow")?.phase).toBe("FAILED");
  expect(causesOf(bench)).toEqual({ "ex-a-0": cause("Some node execution failed, auto-abort."), "ex-b-0": [] });
  expect(bench.children.calls.filter((call) => call.startsWith("terminate"))).toHaveLength(3);
});

test("an attempt whose time is up terminates its child, and the next one launches another", async () => {
  const metadata = { name: "n0", timeout: toDuration(10_000), retries: { retries: 1 } };
  await using bench = await opened({ nodes: { n0: { launches: "lp", metadata } }, outputs: { r: promise("n0") } });
  await bench.advance(10_000);
  expect(causesOf(bench)).toEqual({ "ex-n0-0": cause("task execution timeout [10s] expired"), "ex-n0-1": [] });
  // The end of the first one is nobody's business any more.
  await end(bench, "ex-n0-0", "n0", "ABORTED");
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING"]);
  await end(bench, "ex-n0-1", "n0", "SUCCEEDED", three);
  expect(eventOf(bench, "n0", "SUCCEEDED")).toMatchObject({
    outputUri: `${dataOf("n0")}/1/outputs.pb`,
    workflowNodeMetadata: { executionId: { name: "ex-n0-1" } },
  });
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("all attempts together have twice the time", async () => {
  const metadata = { name: "n0", timeout: toDuration(10_000), retries: { retries: 5 } };
  await using bench = await opened({ nodes: { n0: { launches: "lp", metadata } } });
  await bench.advance(10_000);
  await bench.advance(10_000);
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "TIMED_OUT"]);
  expect(causesOf(bench)).toEqual({ "ex-n0-0": cause("task execution timeout [10s] expired"), "ex-n0-1": cause("node timed out") });
  expect(errorOf(bench)).toMatchObject({ code: "Timeout", message: "Timeout in node" });
});

test("a failure node may launch a plan, with the error", async () => {
  const failureNode = { launches: "clean-up", inputs: { err: { scalar: { union: { value: { scalar: { noneType: {} } } } } } } };
  await using bench = await opened({ nodes: { n0: {} }, failureNode }, { steps: { n0: [["RUNNING", "PERMANENT_FAILURE"]] } });
  for (let turn = 0; turn < 3; turn++) await bench.step();
  const { err } = bench.children.of("ex-fn-0").request.inputs?.literals ?? {};
  expect(err?.scalar?.union?.value?.scalar?.error?.message).toBe("it broke");
  await end(bench, "ex-fn-0", "fn", "SUCCEEDED");
  expect(errorOf(bench)).toMatchObject({ code: "Boom" });
});

test("children count against the parallelism of their parent", async () => {
  await using bench = await opened({
    nodes: { a: { launches: "lp" }, b: { launches: "lp" }, c: { launches: "lp" } },
    spec: { maxParallelism: 2 },
  });
  expect([...bench.children.children.keys()]).toEqual(["ex-a-0", "ex-b-0"]);
  await end(bench, "ex-a-0", "a", "SUCCEEDED");
  expect([...bench.children.children.keys()]).toEqual(["ex-a-0", "ex-b-0", "ex-c-0"]);
});

test("a child that ended while propeller was away is found at the next start", async () => {
  await using bench = await opened(launches());
  await bench.propeller.stop();
  bench.children.end("ex-n0-0", "SUCCEEDED", three);
  bench.replacePropeller();
  await bench.propeller.start();
  await bench.finish();
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(bench.children.calls.filter((call) => call.startsWith("create"))).toHaveLength(1);
});

test("a child whose launch was not noted is taken for ours, also when it has ended meanwhile", async () => {
  let dead = true;
  await using bench = await opened(launches(), {
    wrap: (deps) => ({
      ...deps,
      children: {
        ...deps.children,
        create: async (request) => {
          await deps.children.create(request);
          if (dead) throw new StatusError("UNAVAILABLE", "the answer is lost");
        },
        recover: (request) => deps.children.recover(request),
        get: (id) => deps.children.get(id),
        outputs: (id) => deps.children.outputs(id),
        terminate: (id, why) => deps.children.terminate(id, why),
      },
    }),
  });
  expect(bench.admin.phases("n0")).toEqual(["QUEUED"]);
  bench.children.end("ex-n0-0", "SUCCEEDED", three);
  dead = false;
  await bench.finish();
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
});

test("a child whose launch was not noted is terminated with its parent", async () => {
  await using bench = await opened(launches(), {
    wrap: (deps) => ({
      ...deps,
      children: {
        create: async (request) => {
          await deps.children.create(request);
          throw new StatusError("UNAVAILABLE", "the answer is lost");
        },
        recover: (request) => deps.children.recover(request),
        get: (id) => deps.children.get(id),
        outputs: (id) => deps.children.outputs(id),
        terminate: (id, why) => deps.children.terminate(id, why),
      },
    }),
  });
  await bench.workflows.terminate(executionId, "enough");
  await bench.finish();
  expect(causesOf(bench)).toEqual({ "ex-n0-0": cause("Workflow aborted.") });
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "ABORTED"]);
});
