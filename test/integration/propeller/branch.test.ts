import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { condition, dataOf, integer, promise } from "./workflow-of.ts";
import type { BindingData, ExecutionError, NodeExecutionEvent } from "../../../src/idl/types.ts";
import type { BranchOf, NodeOf, WorkflowOf } from "./workflow-of.ts";

const eventOf = (bench: Bench, subject: string, phase: string): NodeExecutionEvent =>
  bench.admin.seen.find((each) => each.subject === subject && each.phase === phase)?.event.event as NodeExecutionEvent;
const errorOf = (bench: Bench): Pick<ExecutionError, "code" | "message"> =>
  (bench.admin.last("workflow")?.event.event as { error?: ExecutionError } | undefined)?.error ?? {};
const resultOf = (bench: Bench): unknown =>
  bench.literals(`${dataOf("end-node")}/0/outputs.pb`)?.["r"]?.scalar?.primitive?.integer?.toString();
const number = (value: number): BindingData => ({ scalar: { primitive: integer(value).scalar?.primitive ?? null } });

const arms: Omit<BranchOf, "when"> = { arm: { inputs: { x: number(10) } }, else: { inputs: { x: number(30) } } };
const branching = (
  branch: BranchOf,
  more: WorkflowOf["nodes"] = {},
  inputs: NodeOf["inputs"] = { ".v": promise("", "v") },
): WorkflowOf => ({
  nodes: { n0: { inputs, branch }, ...more },
  outputs: { r: promise("n0") },
});
const run = (workflow: WorkflowOf, v: number): Promise<Bench> => runToEnd(workflow, { inputs: { literals: { v: integer(v) } } });

test("a branch runs the arm whose condition holds, and gives its outputs", async () => {
  await using bench = await run(branching({ ...arms, when: condition(".v", "GT", 5) }), 6);
  expect(resultOf(bench)).toBe("11");
  expect(bench.admin.order.filter((each) => each.startsWith("n0"))).toEqual([
    "n0 QUEUED",
    "n0 RUNNING",
    "n0-0-n0-then QUEUED",
    "n0-0-n0-then/0 QUEUED",
    "n0-0-n0-then/0 RUNNING",
    "n0-0-n0-then RUNNING",
    "n0-0-n0-then/0 SUCCEEDED",
    "n0-0-n0-then SUCCEEDED",
    "n0 SUCCEEDED",
  ]);
  // Flyte does not call branches parents.
  expect(eventOf(bench, "n0", "SUCCEEDED")).toMatchObject({ outputUri: `${dataOf("n0")}/0/outputs.pb`, specNodeId: "n0" });
  expect(eventOf(bench, "n0", "SUCCEEDED")).not.toHaveProperty("isParent");
  expect(eventOf(bench, "n0-0-n0-then", "SUCCEEDED")).toMatchObject({
    specNodeId: "n0-then",
    parentNodeMetadata: { nodeId: "n0" },
    retryGroup: "0",
    inputUri: `${dataOf("n0")}/0/n0-then/inputs.pb`,
    outputUri: `${dataOf("n0")}/0/n0-then/0/outputs.pb`,
  });
});

test.each([
  [1, "11"],
  [2, "21"],
  [3, "31"],
])("the first condition that holds counts, else the else: %i", async (v, result) => {
  const other = { when: condition(".v", "LTE", 2), arm: { inputs: { x: number(20) } } };
  await using bench = await run(branching({ ...arms, when: condition(".v", "EQ", 1), other }), v);
  expect(resultOf(bench)).toBe(result);
  expect(bench.world.attempts.size).toBe(1);
});

test("no arm: the error that the user wrote, or none that was written", async () => {
  const { arm } = arms;
  await using written = await run(branching({ when: condition(".v", "EQ", 1), arm, error: "v must be 1" }), 2);
  expect(errorOf(written)).toMatchObject({ code: "UserProvidedError", message: "[UserProvidedError] v must be 1" });
  expect(written.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "FAILED"]);
  await using silent = await run(branching({ when: condition(".v", "EQ", 1), arm }), 2);
  expect(errorOf(silent)).toMatchObject({ code: "MalformedBranchUserError", message: "[MalformedBranchUserError] No branch satisfied" });
  await using unknown = await run(branching({ ...arms, when: condition(".w", "EQ", 1) }), 2);
  expect(errorOf(unknown)).toMatchObject({
    code: "MalformedBranchUserError",
    message: "[MalformedBranchUserError] Failed to find Value for Variable [.w]",
  });
});

test("branches within branches, whose arms take values from around them", async () => {
  const inner: BranchOf = { when: condition("n1.o", "EQ", 7), arm: { inputs: { x: promise("n1"), y: promise("", "v") } }, error: "no" };
  await using bench = await run(
    branching(
      { when: condition(".v", "EQ", 1), arm: { inputs: { "n1.o": promise("n1") }, branch: inner }, error: "no" },
      { n1: { inputs: { x: number(6) } } },
    ),
    1,
  );
  expect(resultOf(bench)).toBe("9");
  expect(bench.admin.subjects.filter((each) => each.startsWith("n0") && !each.includes("/"))).toEqual(["n0", "n0-0-n0-then"]);
  expect(bench.admin.violations).toEqual([]);
  const innermost = [...bench.world.attempts.values()].find(({ context }) => context.id.task.name.includes("then-then"));
  expect(innermost?.context.inputUri).toBe(`${dataOf("n0")}/0/n0-then/0/n0-then-then/inputs.pb`);
});

test("an arm waits for what it takes values from, though its branch does not", async () => {
  await using bench = await Bench.open(
    branching({ when: condition(".v", "EQ", 1), arm: { inputs: { x: promise("slow") } }, error: "no" }, { slow: {} }),
    { inputs: { literals: { v: integer(1) } } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING"]);
  expect(bench.world.attempts.size).toBe(1);
  await bench.finish();
  expect(resultOf(bench)).toBe("2");
  const { order } = bench.admin;
  expect(order.indexOf("slow SUCCEEDED")).toBeLessThan(order.indexOf("n0-0-n0-then QUEUED"));
});

test("an arm that fails fails its branch with its own error; one that times out too", async () => {
  const failing = branching({ ...arms, when: condition(".v", "EQ", 1) });
  const options = { inputs: { literals: { v: integer(1) } }, steps: { "n0-0-n0-then": [["RUNNING", "PERMANENT_FAILURE"] as const] } };
  await using bench = await runToEnd(failing, options);
  expect(errorOf(bench)).toMatchObject({ code: "Boom", message: "it broke" });
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "FAILED"]);

  const slow: NodeOf = { metadata: { name: "slow", timeout: { nanos: 500_000_000 }, retries: { retries: 9 } } };
  await using late = await runToEnd(branching({ when: condition(".v", "EQ", 1), arm: slow, error: "no" }), {
    ...options,
    steps: { "n0-0-n0-then": [["RUNNING"]] },
  });
  expect(late.admin.last("n0-0-n0-then")?.phase).toBe("TIMED_OUT");
  expect(errorOf(late)).toMatchObject({ code: "Timeout", message: "Timeout in node" });
});

test("an arm may be a whole workflow", async () => {
  const workflow: WorkflowOf = { nodes: { a: { inputs: { x: promise("", "x") } } }, outputs: { o: promise("a") } };
  await using bench = await run(
    branching({ when: condition(".v", "EQ", 4), arm: { inputs: { x: promise("", "v") }, workflow }, error: "no" }),
    4,
  );
  expect(resultOf(bench)).toBe("5");
  expect(eventOf(bench, "n0-0-n0-then", "SUCCEEDED")).toMatchObject({ isParent: true });
  expect(eventOf(bench, "n0-0-n0-then-0-a", "SUCCEEDED")).toMatchObject({ parentNodeMetadata: { nodeId: "n0-0-n0-then" } });
});
