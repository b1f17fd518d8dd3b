import { describe, expect, test } from "vitest";
import { Bench, type BenchOptions, type Reach } from "./bench.ts";
import { addOne, condition, dataOf, executionId, integer, integers, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { taskPhaseOf } from "../../../src/idl/phases.ts";
import type { ExecutionPhase } from "../../../src/idl/phases.ts";
import type { NodeExecutionEvent, TaskExecutionEvent } from "../../../src/idl/types.ts";
import type { Step } from "../../support/scripted-plugin.ts";
import type { WorkflowOf } from "./workflow-of.ts";

const reaches: readonly Reach[] = ["DIRECT", "JOINED", "GRPC"];
const failing: readonly (readonly Step[])[] = [["RUNNING", "PERMANENT_FAILURE"]];

async function ran(workflow: WorkflowOf, options: BenchOptions = {}): Promise<Bench> {
  const bench = await Bench.open(workflow, { inputs: { literals: { x: integer(7) } }, ...options });
  bench.launchPlans.set("lp", { expectedInputs: { parameters: {} }, expectedOutputs: { variables: { o: { type: { simple: 1 } } } } });
  await bench.propeller.start();
  await bench.propeller.idle();
  return bench;
}

async function ended(workflow: WorkflowOf, options: BenchOptions = {}): Promise<Bench> {
  const bench = await ran(workflow, options);
  await bench.finish();
  return bench;
}

const started = (bench: Bench): string[] => [...bench.world.attempts.keys()].toSorted((a, b) => (a < b ? -1 : 1));
const phaseOf = (bench: Bench, subject = "workflow"): string | undefined => bench.admin.last(subject)?.phase;
const eventOf = (bench: Bench, subject: string, phase = "RECOVERED"): NodeExecutionEvent =>
  bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event as NodeExecutionEvent;
const outputs = (bench: Bench, node = "end-node"): unknown =>
  Object.values(bench.literals(`${dataOf(node)}/0/outputs.pb`) ?? {}).map(({ scalar, collection }) =>
    collection
      ? collection.literals?.map((one) => (one.scalar?.primitive?.integer == null ? null : Number(one.scalar.primitive.integer)))
      : Number(scalar?.primitive?.integer),
  );

const chain: WorkflowOf = {
  nodes: { n0: { inputs: { x: promise("", "x") } }, n1: { inputs: { x: promise("n0") } }, n2: { inputs: { x: promise("n1") } } },
  outputs: { r: promise("n2") },
};

describe("a recovered execution", () => {
  test.each(reaches)("takes over what has succeeded, and runs the rest, %s", async (reach) => {
    await using past = await ended(chain, { steps: { n1: failing } });
    expect(phaseOf(past)).toBe("FAILED");
    await using bench = await ended(chain, { recovers: past, reach });
    expect(bench.admin.violations).toEqual([]);
    expect(phaseOf(bench)).toBe("SUCCEEDED");
    expect(outputs(bench)).toEqual([10]);
    expect(started(bench)).toEqual(["ex-n1-0", "ex-n2-0"]);
    expect(bench.admin.phases("n0")).toEqual(["RECOVERED"]);
    expect(bench.admin.phases("n1")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
    // No attempt of it was there.
    expect(bench.admin.subjects).not.toContain("n0/0");
    expect(eventOf(bench, "n0")).toMatchObject({ inputUri: `${dataOf("n0")}/inputs.pb`, outputUri: `${dataOf("n0")}/0/outputs.pb` });
    expect(bench.literals(`${dataOf("n0")}/inputs.pb`)).toMatchObject({ x: integer(7) });
    expect(outputs(bench, "n0")).toEqual([8]);
  });

  test("is recovered in turn", async () => {
    await using first = await ended(chain, { steps: { n1: failing } });
    await using second = await ended(chain, { recovers: first, steps: { n2: failing } });
    expect([second.admin.phases("n0"), phaseOf(second, "n1"), phaseOf(second)]).toEqual([["RECOVERED"], "SUCCEEDED", "FAILED"]);
    await using third = await ended(chain, { recovers: second });
    expect([third.admin.phases("n0"), third.admin.phases("n1"), phaseOf(third)]).toEqual([["RECOVERED"], ["RECOVERED"], "SUCCEEDED"]);
    expect(started(third)).toEqual(["ex-n2-0"]);
    expect(outputs(third)).toEqual([10]);
    await using fourth = await ended(chain, { recovers: third });
    expect([phaseOf(fourth), started(fourth), outputs(fourth)]).toEqual(["SUCCEEDED", [], [10]]);
  });

  test("runs what was skipped, what never began, and what was aborted", async () => {
    const steps = { slow: [["RUNNING"] as const], bad: failing };
    const workflow: WorkflowOf = { nodes: { slow: {}, bad: {}, later: { inputs: { x: promise("bad") } } } };
    await using past = await ended(workflow, { steps });
    expect([phaseOf(past, "slow"), phaseOf(past, "bad"), past.admin.phases("later")]).toEqual(["ABORTED", "FAILED", []]);
    await using bench = await ended(workflow, { recovers: past });
    expect([phaseOf(bench), started(bench)]).toEqual(["SUCCEEDED", ["ex-bad-0", "ex-later-0", "ex-slow-0"]]);

    const going: WorkflowOf = { ...workflow, onFailure: "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE" };
    await using other = await ended(going, { steps: { bad: failing } });
    expect(other.admin.phases("later")).toEqual(["SKIPPED"]);
    await using again = await ended(going, { recovers: other });
    expect([phaseOf(again), started(again), again.admin.phases("slow")]).toEqual(["SUCCEEDED", ["ex-bad-0", "ex-later-0"], ["RECOVERED"]]);
  });

  test("runs again what has left no files", async () => {
    await using past = await ended(chain, { steps: { n2: failing } });
    past.blobs.objects.delete(`${dataOf("n1")}/0/outputs.pb`);
    past.blobs.infos.delete(`${dataOf("n1")}/0/outputs.pb`);
    await using bench = await ended(chain, { recovers: past });
    expect([phaseOf(bench), started(bench), bench.admin.phases("n0")]).toEqual(["SUCCEEDED", ["ex-n1-0", "ex-n2-0"], ["RECOVERED"]]);
  });

  test("waits for admin where it cannot be asked", async () => {
    await using past = await ended(chain, { steps: { n1: failing } });
    let away = 3;
    await using bench = await ended(chain, {
      recovers: past,
      wrap: (deps) => ({
        ...deps,
        past: {
          node: async (id) => {
            if (away-- > 0) throw new StatusError("UNAVAILABLE", "admin is away");
            return deps.past.node(id);
          },
          dynamicWorkflow: (id) => deps.past.dynamicWorkflow(id),
          externalResources: (id) => deps.past.externalResources(id),
        },
      }),
    });
    expect([phaseOf(bench), started(bench)]).toEqual(["SUCCEEDED", ["ex-n1-0", "ex-n2-0"]]);
  });

  test("tells of the cache what was told, and gives a task the checkpoint of its last attempt", async () => {
    const task = { metadata: { discoverable: true, discoveryVersion: "1" } };
    const workflow: WorkflowOf = {
      nodes: { n0: { task }, n1: { inputs: { x: promise("n0") }, metadata: { name: "n1", retries: { retries: 1 } } } },
    };
    await using past = await ended(workflow, {
      catalog: "ours",
      steps: {
        n1: [
          ["RUNNING", "RETRYABLE_FAILURE"],
          ["RUNNING", "PERMANENT_FAILURE"],
        ],
      },
    });
    const told = eventOf(past, "n0", "SUCCEEDED").taskNodeMetadata;
    expect(told?.cacheStatus).toBe(flyteidl.core.CatalogCacheStatus.CACHE_POPULATED);
    await using bench = await ended(workflow, { recovers: past, catalog: "ours" });
    expect(eventOf(bench, "n0").taskNodeMetadata).toMatchObject({ cacheStatus: told?.cacheStatus, catalogKey: told?.catalogKey ?? {} });
    const [before, after] = [past.world.attempts.get("ex-n1-1"), bench.world.attempts.get("ex-n1-0")];
    expect(after?.context.previousCheckpointPrefix).toBe(before?.context.checkpointPrefix);
    expect(past.world.attempts.get("ex-n1-0")?.context.previousCheckpointPrefix).toBe("");
  });
});

describe("what nodes hold is recovered one by one", () => {
  const inner: WorkflowOf = {
    nodes: { a: { inputs: { x: promise("", "x") } }, b: { inputs: { x: promise("a") } } },
    outputs: { o: promise("b") },
  };

  test("in sub-workflows, that are taken over whole when they have succeeded", async () => {
    const workflow: WorkflowOf = {
      nodes: { n0: { workflow: inner, inputs: { x: promise("", "x") } }, n1: { inputs: { x: promise("n0") } } },
      outputs: { r: promise("n1") },
    };
    await using past = await ended(workflow, { steps: { "n0-0-b": failing } });
    await using bench = await ended(workflow, { recovers: past, steps: { n1: failing } });
    expect(started(bench)).toEqual(["ex-n0-0-b-0", "ex-n1-0"]);
    expect([bench.admin.phases("n0-0-a"), phaseOf(bench, "n0")]).toEqual([["RECOVERED"], "SUCCEEDED"]);
    await using third = await ended(workflow, { recovers: bench });
    expect([started(third), third.admin.phases("n0"), outputs(third)]).toEqual([["ex-n1-0"], ["RECOVERED"], [10]]);
    expect(third.admin.subjects.filter((subject) => subject.startsWith("n0-"))).toEqual([]);
    expect(eventOf(third, "n0")).toMatchObject({ isParent: true });
  });

  test("in arms of branches", async () => {
    const workflow: WorkflowOf = {
      nodes: {
        n0: {
          inputs: { v: integerBinding(1), x: promise("", "x") },
          branch: { when: condition("v", "EQ", 1), arm: { workflow: inner, inputs: { x: promise("", "x") } }, else: {} },
        },
        n1: { inputs: { x: promise("n0") } },
      },
      outputs: { r: promise("n1") },
    };
    await using past = await ended(workflow, { steps: { "n0-0-n0-then-0-b": failing } });
    await using bench = await ended(workflow, { recovers: past, steps: { n1: failing } });
    expect(started(bench)).toEqual(["ex-n0-0-n0-then-0-b-0", "ex-n1-0"]);
    await using third = await ended(workflow, { recovers: bench });
    expect([started(third), third.admin.phases("n0"), outputs(third)]).toEqual([["ex-n1-0"], ["RECOVERED"], [10]]);
  });

  test("of an arm that was taken over its branch has the outputs", async () => {
    const workflow: WorkflowOf = {
      nodes: {
        n0: {
          inputs: { v: integerBinding(1) },
          branch: { when: condition("v", "EQ", 1), arm: { inputs: { x: promise("", "x") } }, else: {} },
        },
      },
      outputs: { r: promise("n0") },
    };
    await using past = await ended(workflow);
    // As if propeller had ended between the arm and its branch.
    past.admin.seen.splice(past.admin.seen.findIndex(({ subject, phase }) => subject === "n0" && phase === "SUCCEEDED"));
    await using bench = await ended(workflow, { recovers: past });
    expect([started(bench), bench.admin.phases("n0-0-n0-then"), phaseOf(bench, "n0"), outputs(bench)]).toEqual([
      [],
      ["RECOVERED"],
      "SUCCEEDED",
      [8],
    ]);
  });

  test.each(reaches)("in what a task has made, without making it again, %s", async (reach) => {
    const workflow: WorkflowOf = {
      nodes: {
        n0: { makes: { ...inner, nodes: { ...inner.nodes, a: {} } }, inputs: { x: promise("", "x") } },
        n1: { inputs: { x: promise("n0") } },
      },
      outputs: { r: promise("n1") },
    };
    await using past = await ended(workflow, { steps: { "n0-0-b": failing } });
    expect(started(past)).toContain("ex-n0-0");
    await using bench = await ended(workflow, { recovers: past, reach, steps: { n1: failing } });
    expect(started(bench)).toEqual(["ex-n0-0-b-0", "ex-n1-0"]);
    expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "DYNAMIC_RUNNING", "SUCCEEDED"]);
    expect(bench.admin.phases("n0-0-a")).toEqual(["RECOVERED"]);
    expect([bench.admin.violations, bench.world.violations]).toEqual([[], []]);
    const compiled = eventOf(past, "n0", "DYNAMIC_RUNNING").taskNodeMetadata?.dynamicWorkflow?.compiledWorkflow;
    await using third = await ended(workflow, { recovers: bench, reach, steps: { n1: failing } });
    await using fourth = await ended(workflow, { recovers: third, reach, steps: { n1: failing } });
    for (const each of [third, fourth]) {
      expect([started(each), each.admin.phases("n0")]).toEqual([["ex-n1-0"], ["RECOVERED"]]);
      const told = eventOf(each, "n0");
      expect(told.taskNodeMetadata?.dynamicWorkflow).toMatchObject({
        compiledWorkflow: { primary: { template: { nodes: compiled?.primary?.template?.nodes?.map(({ id }) => ({ id })) } } },
      });
      expect([told.isDynamic ?? false, told.isParent ?? false]).toEqual([false, false]);
    }
    await using fifth = await ended(workflow, { recovers: fourth, reach });
    expect(outputs(fifth)).toEqual([3]);
  });

  test("the task that is not run again is not told of, though propeller died", async () => {
    const workflow: WorkflowOf = { nodes: { n0: { makes: { nodes: { a: {}, b: {} }, outputs: { o: promise("b") } } } } };
    await using past = await ended(workflow, { steps: { "n0-0-b": failing } });
    await using bench = await ran(workflow, { recovers: past, steps: { "n0-0-b": [["RUNNING"]] } });
    await bench.propeller.stop();
    bench.replacePropeller();
    await bench.workflows.terminate(executionId, "enough");
    await bench.propeller.start();
    await bench.finish();
    expect([phaseOf(bench), phaseOf(bench, "n0"), phaseOf(bench, "n0-0-b/0")]).toEqual(["ABORTED", "ABORTED", "ABORTED"]);
    expect(bench.admin.subjects).not.toContain("n0/0");
  });

  test("a failure node that has run does not run again", async () => {
    const workflow: WorkflowOf = { nodes: { n0: {} }, failureNode: {} };
    await using past = await ended(workflow, { steps: { n0: failing } });
    await using bench = await ended(workflow, { recovers: past, steps: { n0: failing } });
    expect([phaseOf(bench), started(bench), bench.admin.phases("fn")]).toEqual(["FAILED", ["ex-n0-0"], ["RECOVERED"]]);
  });

  test("nobody is asked again for what was approved", async () => {
    const workflow: WorkflowOf = {
      nodes: { n0: { gate: { approve: { signalId: "go" } } }, n1: { after: ["n0"] } },
    };
    await using past = await ran(workflow, { steps: { n1: failing } });
    past.signals.set("go", { scalar: { primitive: { boolean: true } } });
    past.propeller.wake(executionId);
    await past.finish();
    await using bench = await ended(workflow, { recovers: past });
    expect([phaseOf(bench), bench.admin.phases("n0"), started(bench)]).toEqual(["SUCCEEDED", ["RECOVERED"], ["ex-n1-0"]]);
  });
});

describe("elements of arrays", () => {
  const workflow: WorkflowOf = {
    nodes: { n0: { inputs: { x: promise("", "x") }, array: { dataMode: 1 } }, n1: { after: ["n0"] } },
    outputs: { r: promise("n0") },
  };
  const inputs = { literals: { x: integers(1, 2, 3) } };
  // Not before the others are done.
  const failingLate: readonly (readonly Step[])[] = [["QUEUED", "QUEUED", "QUEUED", "RUNNING", "PERMANENT_FAILURE"]];
  const taskEvents = (bench: Bench): TaskExecutionEvent[] =>
    bench.admin.seen.flatMap(({ subject, event }) => (subject === "n0/0" && event.level === "task" ? [event.event] : []));
  const listed = (bench: Bench): unknown => {
    const last = new Map<string, unknown[]>();
    for (const { metadata } of taskEvents(bench))
      for (const one of metadata?.externalResources ?? [])
        last.set(`${one.index ?? 0}/${one.retryAttempt ?? 0}`, [one.externalId, taskPhaseOf(one.phase)]);
    return Object.fromEntries(last);
  };

  test.each(reaches)("are taken over one by one, %s", async (reach) => {
    await using past = await ended(workflow, { inputs, steps: { "n0-0-n1": failingLate } });
    expect([phaseOf(past), started(past)]).toEqual(["FAILED", ["ex-n0-0-n0-0", "ex-n0-0-n1-0", "ex-n0-0-n2-0"]]);
    await using bench = await ended(workflow, { recovers: past, reach, inputs, steps: { n1: failing } });
    expect(started(bench)).toEqual(["ex-n0-0-n1-0", "ex-n1-0"]);
    expect([phaseOf(bench, "n0"), outputs(bench, "n0")]).toEqual(["SUCCEEDED", [[2, 3, 4]]]);
    expect(listed(bench)).toEqual({
      "0/0": ["ex-n0-0-n0-0", "SUCCEEDED"],
      "1/0": ["ex-n0-0-n1-0", "SUCCEEDED"],
      "2/0": ["ex-n0-0-n2-0", "SUCCEEDED"],
    });
    expect([bench.admin.violations, bench.world.violations]).toEqual([[], []]);
    // The whole, too.
    await using third = await ended(workflow, { recovers: bench, reach, inputs });
    expect([started(third), third.admin.phases("n0"), outputs(third)]).toEqual([["ex-n1-0"], ["RECOVERED"], [[2, 3, 4]]]);
    expect(eventOf(third, "n0")).toMatchObject({ isArray: true });
    expect(taskEvents(third)).toEqual([]);
  });

  test("are when what their array was given cannot be read at first", async () => {
    await using past = await ended(workflow, { inputs, steps: { "n0-0-n1": failingLate } });
    for (const data of ["past", "ex"]) {
      let failures = 1;
      const wrap: BenchOptions["wrap"] = (deps) => {
        const get = deps.blobs.get.bind(deps.blobs);
        deps.blobs.get = async (uri, range) => {
          if (uri.endsWith(`/p-d-${data}/n0/data/inputs.pb`) && failures-- > 0) throw new StatusError("UNAVAILABLE", "not now");
          return await get(uri, range);
        };
        return deps;
      };
      await using bench = await ended(workflow, { recovers: past, inputs, wrap });
      expect([phaseOf(bench), started(bench)]).toEqual(["SUCCEEDED", ["ex-n0-0-n1-0", "ex-n1-0"]]);
    }
  });

  test("are not when the array has other inputs", async () => {
    await using past = await ended(workflow, { inputs, steps: { "n0-0-n1": failingLate } });
    const other = { literals: { x: integers(1, 2, 4) } };
    await using bench = await ended(workflow, { recovers: past, inputs: other });
    expect([started(bench), outputs(bench)]).toEqual([["ex-n0-0-n0-0", "ex-n0-0-n1-0", "ex-n0-0-n2-0", "ex-n1-0"], [[2, 3, 5]]]);
  });
});

describe("child executions", () => {
  const child = (bench: Bench, name: string): unknown[] => {
    const { request, recovers } = bench.children.of(name);
    return [recovers ?? null, request.spec?.metadata?.parentNodeExecution?.nodeId, request.spec?.launchPlan?.name];
  };
  const end = async (bench: Bench, name: string, nodeId: string, phase: ExecutionPhase): Promise<void> => {
    const { inputs } = bench.children.of(name).request;
    bench.children.end(name, phase, phase === "SUCCEEDED" ? { outputs: addOne("", inputs ?? {}) } : {});
    bench.workflows.wake(executionId, nodeId);
    await bench.propeller.idle();
  };

  test.each(reaches)("that have failed are recovered in turn, %s", async (reach) => {
    const workflow: WorkflowOf = { nodes: { n0: { launches: "lp", inputs: { x: promise("", "x") } } }, outputs: { r: promise("n0") } };
    await using past = await ran(workflow);
    await end(past, "ex-n0-0", "n0", "FAILED");
    await past.finish();
    await using bench = await ran(workflow, { recovers: past, reach });
    expect(bench.children.calls).toEqual(["recover ex-n0-0"]);
    expect(child(bench, "ex-n0-0")).toEqual(["ex-n0-0", "n0", "lp"]);
    await end(bench, "ex-n0-0", "n0", "SUCCEEDED");
    await bench.finish();
    expect([phaseOf(bench), outputs(bench)]).toEqual(["SUCCEEDED", [8]]);
    await using third = await ended(workflow, { recovers: bench, reach });
    expect([third.children.calls, third.admin.phases("n0")]).toEqual([[], ["RECOVERED"]]);
    expect(eventOf(third, "n0")).toMatchObject({ workflowNodeMetadata: { executionId: { project: "p", domain: "d", name: "ex-n0-0" } } });
  });

  test("that admin does not know any more are launched anew", async () => {
    const workflow: WorkflowOf = { nodes: { n0: { launches: "lp", inputs: { x: promise("", "x") } } } };
    await using past = await ran(workflow);
    await end(past, "ex-n0-0", "n0", "FAILED");
    await past.finish();
    past.children.children.clear();
    await using bench = await ran(workflow, { recovers: past });
    expect(bench.children.calls).toEqual(["recover ex-n0-0", "create ex-n0-0"]);
    expect(child(bench, "ex-n0-0")).toEqual([null, "n0", "lp"]);
  });

  test.each(reaches)("of arrays are taken over, or recovered, each by itself, %s", async (reach) => {
    const workflow: WorkflowOf = {
      nodes: { n0: { launches: "lp", inputs: { x: promise("", "x") }, array: { isOriginalSubNodeInterface: { value: true } } } },
      outputs: { r: promise("n0") },
    };
    const inputs = { literals: { x: integers(1, 2) } };
    await using past = await ran(workflow, { inputs });
    await end(past, "ex-n0-0-n0-0", "n0-0-n0", "SUCCEEDED");
    await end(past, "ex-n0-0-n1-0", "n0-0-n1", "FAILED");
    await past.finish();
    await using bench = await ran(workflow, { recovers: past, reach, inputs });
    expect(bench.children.calls).toEqual(["recover ex-n0-0-n1-0"]);
    expect(bench.admin.phases("n0-0-n0")).toEqual(["RECOVERED"]);
    await end(bench, "ex-n0-0-n1-0", "n0-0-n1", "SUCCEEDED");
    await bench.finish();
    expect([phaseOf(bench), outputs(bench)]).toEqual(["SUCCEEDED", [[2, 3]]]);
    // The lists that all elements are given stay what they are.
    expect(bench.literals(`${dataOf("n0")}/inputs.pb`)).toMatchObject({ x: integers(1, 2) });
    expect(bench.admin.violations).toEqual([]);
  });
});

function integerBinding(value: number): { readonly scalar: NonNullable<ReturnType<typeof integer>["scalar"]> } {
  return { scalar: integer(value).scalar ?? {} };
}
