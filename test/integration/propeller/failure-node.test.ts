import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { dataOf, executionId, integer, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { BindingData, ExecutionError } from "../../../src/idl/types.ts";
import type { NodeOf, WorkflowOf } from "./workflow-of.ts";

const errorOf = (bench: Bench, subject = "workflow"): Pick<ExecutionError, "code" | "message"> =>
  (bench.admin.last(subject)?.event.event as { error?: ExecutionError } | undefined)?.error ?? {};
const none: BindingData = { scalar: { noneType: {} } };
const handler: NodeOf = { inputs: { err: none, x: promise("", "x") } };
const broken = [["RUNNING", "PERMANENT_FAILURE"] as const];
const error = { code: "Boom", message: "it broke" };

test("the failure node of a workflow runs when all else is gone, and is told of the error", async () => {
  await using bench = await runToEnd(
    { nodes: { n0: {}, slow: {} }, failureNode: handler },
    { steps: { n0: broken, slow: [["RUNNING"]] }, inputs: { literals: { x: integer(3) } } },
  );
  expect(bench.admin.order.filter((each) => !each.includes("/")).slice(-7)).toEqual([
    "n0 FAILED",
    "workflow FAILING",
    "slow ABORTED",
    "fn QUEUED",
    "fn RUNNING",
    "fn SUCCEEDED",
    "workflow FAILED",
  ]);
  expect(errorOf(bench)).toMatchObject(error);
  const inputs = bench.literals(`${dataOf("fn")}/inputs.pb`) ?? {};
  expect(inputs["x"]).toMatchObject(integer(3));
  expect(inputs["err"]?.scalar?.union).toMatchObject({
    value: { scalar: { error: { failedNodeId: "fn", message: "it broke" } } },
    type: { simple: flyteidl.core.SimpleType.ERROR, structure: { tag: "FlyteError" } },
  });
  expect(bench.admin.violations).toEqual([]);
});

test("a failure node that fails hides the first failure; one that takes too long does too", async () => {
  await using failing = await runToEnd(
    { nodes: { n0: {} }, failureNode: {} },
    {
      steps: {
        n0: broken,
        fn: [["RUNNING", { phase: "PERMANENT_FAILURE", error: { code: "Worse", message: "and again", kind: "USER" } }]],
      },
    },
  );
  expect(errorOf(failing)).toMatchObject({ code: "Worse", message: "and again" });
  const metadata = { name: "fn", timeout: toDuration(1000), retries: { retries: 5 } };
  await using slow = await runToEnd({ nodes: { n0: {} }, failureNode: { metadata } }, { steps: { n0: broken, fn: [["RUNNING"]] } });
  expect(errorOf(slow)).toMatchObject({ code: "TimedOut", message: "FailureNode Timed-out" });
});

test("the failure node of a sub-workflow runs within its node, before that has failed", async () => {
  const inner: WorkflowOf = { nodes: { a: {}, b: {} }, failureNode: { inputs: { err: none } } };
  await using bench = await runToEnd(
    { nodes: { n0: { workflow: inner } }, failureNode: {} },
    { steps: { "n0-0-a": broken, "n0-0-b": [["RUNNING"]] } },
  );
  expect(bench.admin.order.filter((each) => !each.includes("/")).slice(-11)).toEqual([
    "n0-0-a FAILED",
    "n0-0-b ABORTED",
    "n0-0-fn QUEUED",
    "n0-0-fn RUNNING",
    "n0-0-fn SUCCEEDED",
    "workflow FAILING",
    "n0 FAILED",
    "fn QUEUED",
    "fn RUNNING",
    "fn SUCCEEDED",
    "workflow FAILED",
  ]);
  expect(errorOf(bench)).toMatchObject(error);
  expect(bench.literals(`${dataOf("n0")}/0/fn/inputs.pb`)?.["err"]?.scalar?.union?.value?.scalar?.error).toMatchObject({
    failedNodeId: "fn",
    message: "it broke",
  });
});

test("a failure node may be a workflow, and be tried again", async () => {
  const cleanUp: WorkflowOf = { nodes: { c: { metadata: { name: "c", retries: { retries: 1 } } } } };
  await using bench = await runToEnd(
    { nodes: { n0: {} }, failureNode: { workflow: cleanUp } },
    { steps: { n0: broken, "fn-0-c": [["RUNNING", "RETRYABLE_FAILURE"], ["SUCCESS"]] } },
  );
  expect(bench.admin.phases("fn-0-c").at(-1)).toBe("SUCCEEDED");
  expect([...bench.world.attempts.keys()]).toEqual(["ex-n0-0", "ex-fn-0-c-0", "ex-fn-0-c-1"]);
  expect(errorOf(bench)).toMatchObject(error);
});

test("an abort runs no failure node, and ends one that runs", async () => {
  await using early = await Bench.open({ nodes: { n0: {} }, failureNode: {} });
  await early.propeller.start();
  await early.propeller.idle();
  await early.workflows.terminate(executionId, "enough");
  await early.finish();
  expect(early.admin.last("workflow")?.phase).toBe("ABORTED");
  expect(early.admin.phases("fn")).toEqual([]);

  await using late = await Bench.open({ nodes: { n0: {} }, failureNode: {} }, { steps: { n0: broken, fn: [["RUNNING"]] } });
  await late.propeller.start();
  await late.propeller.idle();
  await late.step();
  expect(late.admin.phases("fn")).toEqual(["QUEUED", "RUNNING"]);
  await late.workflows.terminate(executionId, "enough");
  await late.finish();
  expect(late.admin.last("fn")?.phase).toBe("ABORTED");
  // It was failing already.
  expect(late.admin.last("workflow")?.phase).toBe("FAILED");
});
