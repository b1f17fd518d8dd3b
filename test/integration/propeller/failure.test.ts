import { expect, test } from "vitest";
import { Bench, runToEnd } from "./bench.ts";
import { condition, dataOf, executionId, inputsUri, integer, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { ExecutionError } from "../../../src/idl/types.ts";
import type { NodeOf } from "./workflow-of.ts";
import type { Step } from "../../support/scripted-plugin.ts";

const errorOf = (bench: Bench, subject: string): { code: string | null | undefined; message: string | null | undefined; kind: unknown } => {
  const error = (bench.admin.last(subject)?.event.event as { error?: ExecutionError } | undefined)?.error;
  return { code: error?.code, message: error?.message, kind: flyteidl.core.ExecutionError.ErrorKind[error?.kind ?? 0] };
};
const broken: readonly Step[] = ["RUNNING", "PERMANENT_FAILURE"];
const flaky: readonly Step[] = ["RUNNING", "RETRYABLE_FAILURE"];

test("the first failure ends the workflow and aborts what runs", async () => {
  await using bench = await Bench.open(
    { nodes: { bad: {}, slow: {}, after: { inputs: { x: promise("bad") } }, later: { inputs: { x: promise("slow") } } } },
    { steps: { bad: [broken] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.step("bad");
  expect(await bench.isOver).toBe(true);
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "FAILING", "FAILED"]);
  expect(errorOf(bench, "workflow")).toEqual({ code: "Boom", message: "it broke", kind: "USER" });
  expect(bench.admin.phases("bad")).toEqual(["QUEUED", "RUNNING", "FAILED"]);
  expect(bench.admin.phases("slow")).toEqual(["QUEUED", "ABORTED"]);
  expect(errorOf(bench, "slow")).toEqual({ code: "NodeAborted", message: "Some node execution failed, auto-abort.", kind: "UNKNOWN" });
  expect(errorOf(bench, "slow/0")).toMatchObject({ code: "Task Aborted", message: "Some node execution failed, auto-abort." });
  expect(bench.admin.subjects).not.toContain("after");
  expect(bench.admin.subjects).not.toContain("later");
  const { order } = bench.admin;
  expect(order.slice(order.indexOf("bad FAILED"))).toEqual([
    "bad FAILED",
    "workflow FAILING",
    "slow/0 ABORTED",
    "slow ABORTED",
    "workflow FAILED",
  ]);
  expect(bench.world.attempts.get("ex-slow-0")).toMatchObject({ aborted: ["Some node execution failed, auto-abort."], finalized: 1 });
});

test("with the other policy the rest goes on, and the last failure counts", async () => {
  await using bench = await Bench.open(
    {
      nodes: {
        bad: {},
        worse: {},
        good: {},
        after: { inputs: { x: promise("bad") } },
        afterThat: { inputs: { x: promise("after") } },
        next: { inputs: { x: promise("good") } },
      },
      onFailure: "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE",
    },
    {
      steps: {
        bad: [broken],
        worse: [["RUNNING", { phase: "PERMANENT_FAILURE", error: { code: "Worse", message: "worse", kind: "SYSTEM" } }]],
      },
    },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.step("bad");
  expect(await bench.isOver).toBe(false);
  bench.clock.advance(5);
  await bench.step("worse");
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING"]);
  await bench.finish();
  expect(bench.admin.phases("next")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect(["after", "afterThat", "end-node"].map((id) => bench.admin.phases(id))).toEqual([["SKIPPED"], ["SKIPPED"], ["SKIPPED"]]);
  expect(errorOf(bench, "workflow")).toEqual({ code: "Worse", message: "worse", kind: "SYSTEM" });
});

test("which failure counts then does not depend on which came first", async () => {
  const nodes = { a: {}, b: {}, c: { inputs: { x: promise("a") } } };
  const failing = (code: string): Step[] => ["RUNNING", { phase: "PERMANENT_FAILURE", error: { code, message: "broke", kind: "USER" } }];
  for (const first of ["b", "c"]) {
    await using bench = await Bench.open(
      { nodes, onFailure: "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE" },
      { steps: { a: [["SUCCESS"]], b: [failing("OfB")], c: [failing("OfC")] } },
    );
    await bench.propeller.start();
    await bench.propeller.idle();
    await bench.advance(5);
    await bench.step(first);
    await bench.advance(5);
    await bench.finish();
    // From the start node to a and to c, then to b.
    expect(errorOf(bench, "workflow")).toEqual({ code: "OfB", message: "broke", kind: "USER" });
  }
});

test("retries: attempts of their own, no node event in between, one RUNNING", async () => {
  await using bench = await runToEnd(
    { nodes: { n0: { metadata: { name: "n0", retries: { retries: 2 } } } }, outputs: { r: promise("n0") } },
    { steps: { n0: [flaky, flaky, ["QUEUED", "RUNNING", "SUCCESS"]] } },
  );
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "SUCCEEDED"]);
  expect([0, 1, 2].map((attempt) => bench.admin.phases(`n0/${attempt}`))).toEqual([
    ["QUEUED", "RUNNING", "FAILED"],
    ["QUEUED", "RUNNING", "FAILED"],
    ["QUEUED", "RUNNING", "SUCCEEDED"],
  ]);
  expect(bench.admin.last("n0")?.event.event).toMatchObject({ outputUri: `${dataOf("n0")}/2/outputs.pb` });
  expect(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)).toHaveProperty("r");
  const [first, second, third] = [0, 1, 2].map((attempt) => bench.world.attempts.get(`ex-n0-${attempt}`));
  expect([first?.finalized, second?.finalized, third?.finalized]).toEqual([1, 1, 1]);
  expect(first?.aborted).toEqual(["the attempt failed"]);
  expect(second?.context.previousCheckpointPrefix).toBe(first?.context.checkpointPrefix);
});

test("retries of the task count when the node has none, and run out", async () => {
  await using bench = await runToEnd({ nodes: { n0: { task: { metadata: { retries: { retries: 1 } } } } } }, { steps: { n0: [flaky] } });
  expect(bench.world.attempts.size).toBe(2);
  expect(errorOf(bench, "n0/1")).toEqual({ code: "Boom", message: "it broke", kind: "USER" });
  expect(errorOf(bench, "n0")).toEqual({
    code: "RetriesExhausted|Boom",
    message: "[2/2] currentAttempt done. Last Error: USER::it broke",
    kind: "USER",
  });
  expect(errorOf(bench, "workflow")).toEqual(errorOf(bench, "n0"));
});

test("an interruptible node's last system attempt is not interruptible", async () => {
  const lost: readonly Step[] = ["RUNNING", { phase: "RETRYABLE_FAILURE", error: { code: "Lost", message: "lost", kind: "SYSTEM" } }];
  await using bench = await runToEnd({ nodes: { n0: {} }, spec: { interruptible: { value: true } } }, { steps: { n0: [lost] } });
  expect([...bench.world.attempts.values()].map(({ context }) => context.interruptible)).toEqual([true, true, true, false]);
  expect(errorOf(bench, "n0")).toMatchObject({
    code: "RetriesExhausted|Lost",
    message: "[3/3] currentAttempt done. Last Error: SYSTEM::lost",
    kind: "USER",
  });
  expect(bench.admin.last("n0/3")?.event.event).toMatchObject({
    metadata: { instanceClass: flyteidl.event.TaskExecutionMetadata.InstanceClass.DEFAULT },
  });
});

test("an attempt that runs too long is retried, waiting for a place does not count", async () => {
  const metadata = { name: "n0", timeout: toDuration(10_000), retries: { retries: 1 } };
  await using bench = await Bench.open({ nodes: { n0: { metadata } } }, { steps: { n0: [["QUEUED", "RUNNING", "SUCCESS"]] } });
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.advance(6000);
  await bench.step();
  expect(bench.admin.last("n0/0")).toMatchObject({ phase: "RUNNING", at: 7000 });
  await bench.advance(9999);
  expect(bench.world.attempts.size).toBe(1);
  await bench.advance(1);
  expect(bench.world.attempts.size).toBe(2);
  expect(bench.admin.phases("n0/0")).toEqual(["QUEUED", "RUNNING", "FAILED"]);
  expect(errorOf(bench, "n0/0")).toEqual({ code: "TimeoutExpired", message: "task execution timeout [10s] expired", kind: "USER" });
  expect(bench.world.attempts.get("ex-n0-0")).toMatchObject({ aborted: ["the attempt failed"], finalized: 1 });
  // The active deadline counts from when the node was queued, across attempts: 20 s after 1000.
  await bench.advance(3999);
  expect(await bench.isOver).toBe(false);
  await bench.advance(1);
  expect(bench.admin.last("n0")).toMatchObject({ phase: "TIMED_OUT", at: 21_000 });
  expect(errorOf(bench, "n0")).toMatchObject({ message: "task active timeout [20s] expired" });
  expect(errorOf(bench, "workflow")).toEqual({ code: "Timeout", message: "Timeout in node", kind: "USER" });
  expect(bench.admin.last("n0/1")?.phase).toBe("FAILED");
});

test("the last attempt that runs too long fails the node", async () => {
  await using bench = await Bench.open(
    { nodes: { n0: { metadata: { name: "n0", timeout: toDuration(1000) } } } },
    { steps: { n0: [["RUNNING", "SUCCESS"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.advance(1000);
  expect(await bench.isOver).toBe(true);
  expect(errorOf(bench, "workflow")).toMatchObject({
    code: "RetriesExhausted|TimeoutExpired",
    message: "[1/1] currentAttempt done. Last Error: USER::task execution timeout [1s] expired",
  });
});

test("a task that ended before its time-out was noticed has ended well", async () => {
  await using bench = await Bench.open(
    { nodes: { n0: { metadata: { name: "n0", timeout: toDuration(1000) } } } },
    { steps: { n0: [["RUNNING", "SUCCESS"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  for (const attempt of bench.world.unfinished) attempt.position++;
  await bench.advance(5000);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("an execution that runs too long fails", async () => {
  await using bench = await Bench.open({ nodes: { n0: {} } }, { settings: { executionDeadline: 3_600_000 } });
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.advance(3_599_999);
  expect(await bench.isOver).toBe(false);
  await bench.advance(1);
  expect(errorOf(bench, "workflow")).toEqual({
    code: "ExecutionDeadlineExceeded",
    message: "the execution ran longer than [1h0m0s]",
    kind: "USER",
  });
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "FAILING", "FAILED"]);
  expect(bench.admin.last("n0")?.phase).toBe("ABORTED");
});

test("inputs that cannot be resolved fail the node at once", async () => {
  await using bench = await runToEnd({
    nodes: { a: {}, b: { inputs: { x: promise("a", "nope") }, metadata: { name: "b", retries: { retries: 5 } } } },
  });
  expect(bench.admin.phases("b")).toEqual(["QUEUED", "FAILED"]);
  expect(errorOf(bench, "b")).toMatchObject({
    code: "BindingResolutionFailure",
    kind: "SYSTEM",
    message: expect.stringContaining("OutputsNotFoundError: failed to find [a].[nope]"),
  });
  expect(bench.world.attempts.has("ex-b-0")).toBe(false);
  expect(bench.admin.last("workflow")?.phase).toBe("FAILED");
});

const document = (error: flyteidl.core.ContainerError.$Properties): Uint8Array => flyteidl.core.ErrorDocument.encode({ error }).finish();
const { Kind } = flyteidl.core.ContainerError;
const { ErrorKind } = flyteidl.core.ExecutionError;

test.each([
  [
    "what a user's code raised",
    document({ code: "USER:ValueError", message: "no", kind: Kind.NON_RECOVERABLE, origin: ErrorKind.USER }),
    1,
    { code: "USER:ValueError", message: "no", kind: "USER" },
  ],
  [
    "what may be tried again",
    document({ code: "USER:Recoverable", message: "no", kind: Kind.RECOVERABLE, origin: ErrorKind.USER }),
    2,
    { code: "RetriesExhausted|USER:Recoverable", message: "[2/2] currentAttempt done. Last Error: USER::no", kind: "USER" },
  ],
  [
    "a system's failure",
    document({ code: "SYSTEM", message: "net", kind: Kind.RECOVERABLE, origin: ErrorKind.SYSTEM }),
    4,
    { code: "RetriesExhausted|SYSTEM", kind: "USER" },
  ],
  ["an unreadable file", Uint8Array.of(255, 255), 4, { code: "RetriesExhausted|ErrorFileBadFormat" }],
])("an error file outranks outputs: %s", async (_name, bytes, attempts, expected) => {
  await using bench = await Bench.open({ nodes: { n0: { metadata: { name: "n0", retries: { retries: 1 } } } } });
  for (let attempt = 0; attempt < 5; attempt++) await bench.blobs.put(`${dataOf("n0")}/${attempt}/error.pb`, bytes);
  await bench.propeller.start();
  await bench.finish();
  expect(bench.world.attempts.size).toBe(attempts);
  expect(errorOf(bench, "n0")).toMatchObject(expected);
  expect(bench.admin.last("n0/0")?.phase).toBe("FAILED");
});

test("declared outputs that are not there", async () => {
  await using bench = await runToEnd({ nodes: { n0: {} } }, { outputs: () => undefined });
  expect(bench.world.attempts.size).toBe(4);
  expect(errorOf(bench, "n0")).toMatchObject({ code: "RetriesExhausted|OutputsNotFound" });
});

test("outputs that are too large", async () => {
  await using large = await runToEnd({ nodes: { n0: {} } }, { settings: { maxOutputSize: 3 } });
  expect(errorOf(large, "n0")).toMatchObject({ code: "OutputSizeExceeded", kind: "USER" });
  expect(large.world.attempts.size).toBe(1);
});

test.each<[string, NodeOf, string]>([
  ["a gate of no kind", { raw: { id: "g", gateNode: {} } }, "node [g] is of a kind that this version cannot run"],
  [
    "an array of sub-workflows",
    { raw: { id: "a", arrayNode: { node: { workflowNode: { subWorkflowRef: { name: "sub" } } } } } },
    "node [a] is an array of neither a launch plan nor a task",
  ],
])("%s is refused, wherever it is", async (_, of, message) => {
  const raw = of.raw ?? {};
  const within: NodeOf[] = [
    of,
    { workflow: { nodes: { [raw.id ?? ""]: of } } },
    { workflow: { nodes: { n0: { branch: { when: condition("x", "EQ", 1), arm: of, error: "no" } } } } },
  ];
  for (const node of within) {
    await using bench = await runToEnd({ nodes: { [node.raw ? (raw.id ?? "") : "n0"]: node } });
    expect(bench.admin.phases("workflow")).toEqual(["FAILING", "FAILED"]);
    const error = errorOf(bench, "workflow");
    expect(error).toMatchObject({ code: "BadSpecificationError", kind: "SYSTEM", message: expect.stringContaining(message) });
  }
  await using failing = await runToEnd({ nodes: { n0: {} }, failureNode: of });
  expect(errorOf(failing, "workflow")).toMatchObject({ message: expect.stringContaining(message) });
});

test("a task type that no plugin runs", async () => {
  await using bench = await runToEnd({ nodes: { n0: { task: { type: "other" } } } });
  expect(errorOf(bench, "workflow")).toEqual({
    code: "UnsupportedTaskType",
    message: "no plugin runs tasks of type [other]",
    kind: "SYSTEM",
  });
});

test("inputs of the workflow that are not there", async () => {
  await using bench = await Bench.open({ nodes: { n0: {} } });
  await bench.blobs.delete(inputsUri);
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.admin.phases("workflow")).toEqual(["FAILING", "FAILED"]);
  expect(errorOf(bench, "workflow")).toMatchObject({ code: "OffloadedInputsReadFailure", kind: "SYSTEM" });
});

test("rounds that fail back off, and are over once one goes well", async () => {
  await using bench = await Bench.open(
    { nodes: { n0: {} } },
    { steps: { n0: [["RUNNING", { phase: "RUNNING", throws: "no connection" }, "SUCCESS"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.step();
  expect(bench.logged).toHaveLength(1);
  expect(bench.logged[0]).toContain("plugin scripted failed to handle ex-n0-0: no connection");
  bench.propeller.wake(executionId);
  await bench.propeller.idle();
  expect(bench.logged).toHaveLength(1);
  await bench.advance(99);
  expect(bench.logged).toHaveLength(1);
  await bench.advance(1);
  expect(bench.logged).toHaveLength(2);
  for (const attempt of bench.world.unfinished) attempt.position++;
  await bench.advance(200);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("rounds that fail too often abort the workflow as a system failure", async () => {
  await using bench = await runToEnd(
    { nodes: { n0: {}, other: {} } },
    { steps: { n0: [[{ phase: "RUNNING", throws: "no connection" }]], other: [["RUNNING"]] }, settings: { maxRoundFailures: 3 } },
  );
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "FAILED"]);
  const reason = "max number of system retry attempts [4/3] exhausted - system failure.";
  expect(errorOf(bench, "workflow")).toEqual({
    code: "SystemRetriesExhausted",
    message: `${reason} Last error: plugin scripted failed to handle ex-n0-0: no connection`,
    kind: "SYSTEM",
  });
  expect(errorOf(bench, "other")).toMatchObject({ code: "NodeAborted", message: reason });
  expect(bench.world.attempts.get("ex-other-0")).toMatchObject({ aborted: [reason], finalized: 1 });
});

test("one node's trouble holds no other up", async () => {
  await using bench = await Bench.open(
    { nodes: { bad: {}, good: {} } },
    { steps: { bad: [[{ phase: "RUNNING", throws: "x" }]], good: [["SUCCESS"]] } },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.admin.phases("good")).toEqual(["QUEUED", "SUCCEEDED"]);
});

const stages: [string, number, readonly string[]][] = [
  ["queued", 0, ["QUEUED", "ABORTED"]],
  ["running", 1, ["QUEUED", "RUNNING", "ABORTED"]],
];
test.each(stages)("a %s task is aborted", async (_name, steps, phases) => {
  await using bench = await Bench.open({ nodes: { n0: {}, n1: { inputs: { x: promise("n0") } } } });
  await bench.propeller.start();
  await bench.propeller.idle();
  for (let step = 0; step < steps; step++) await bench.step();
  await bench.workflows.terminate(executionId, "changed my mind");
  await bench.propeller.idle();
  expect(await bench.isOver).toBe(true);
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "ABORTED"]);
  expect(bench.admin.last("workflow")?.event.event).not.toHaveProperty("error");
  expect(bench.admin.phases("n0")).toEqual(phases);
  expect(bench.admin.phases("n0/0")).toEqual(phases);
  expect(errorOf(bench, "n0")).toMatchObject({ code: "NodeAborted", message: "Workflow aborted." });
  expect(bench.admin.subjects).not.toContain("n1");
  expect(bench.world.attempts.get("ex-n0-0")).toMatchObject({ aborted: ["Workflow aborted."], finalized: 1 });
});

test("an execution that was terminated before it began", async () => {
  await using bench = await Bench.open({ nodes: { n0: {} } });
  await bench.workflows.terminate(executionId, "no");
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.admin.order).toEqual(["workflow ABORTED"]);
  expect(bench.world.attempts.size).toBe(0);
  expect(await bench.isOver).toBe(true);
});

test("an abort between two attempts, and one that comes too late", async () => {
  await using between = await Bench.open(
    { nodes: { n0: { metadata: { name: "n0", retries: { retries: 3 } } } } },
    { steps: { n0: [["RETRYABLE_FAILURE"], [{ phase: "RUNNING", throws: "stuck" }]] } },
  );
  await between.propeller.start();
  await between.propeller.idle();
  await between.workflows.terminate(executionId, "no");
  await between.propeller.idle();
  expect(between.admin.order.slice(-2)).toEqual(["n0 ABORTED", "workflow ABORTED"]);
  expect(between.admin.phases("n0/0")).toEqual(["QUEUED", "FAILED"]);
  // It was asked for, and nobody knows what came of it.
  expect(between.admin.phases("n0/1")).toEqual(["ABORTED"]);

  await using late = await runToEnd({ nodes: { n0: {} } });
  expect(await late.workflows.terminate(executionId, "no")).toBe(false);
  expect(late.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("an abort ends attempts of which admin was told in a round that was lost", async () => {
  let isLost = false;
  await using bench = await Bench.open(
    { nodes: { n0: {} } },
    {
      wrap: (deps) => ({
        ...deps,
        events: {
          async record(events) {
            await deps.events.record(events);
            if (!isLost && events.some(({ level }) => level === "task")) {
              isLost = true;
              throw new Error("the answer is lost");
            }
            return events.map(() => undefined);
          },
        },
      }),
    },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  expect(bench.admin.phases("n0/0")).toEqual(["QUEUED"]);
  bench.replacePropeller();
  await bench.workflows.terminate(executionId, "no");
  await bench.propeller.start();
  await bench.finish();
  expect(bench.admin.phases("n0/0")).toEqual(["QUEUED", "ABORTED"]);
});

test("clean-up that never succeeds ends the abort as a failure", async () => {
  await using bench = await Bench.open(
    { nodes: { n0: {} } },
    {
      settings: { maxRoundFailures: 2 },
      wrap: (deps) => {
        const [plugin] = deps.plugins.plugins;
        if (!plugin) return deps;
        const stubborn = { ...plugin, abort: () => Promise.reject(new Error("will not die")) };
        return { ...deps, plugins: { plugins: [stubborn], choose: () => stubborn } };
      },
    },
  );
  await bench.propeller.start();
  await bench.propeller.idle();
  await bench.workflows.terminate(executionId, "no");
  await bench.finish();
  expect(errorOf(bench, "workflow")).toEqual({
    code: "Workflow abort failed",
    message: "clean-up failed [3] times, last: will not die",
    kind: "SYSTEM",
  });
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "ABORTED"]);
});

test("integer inputs are handed to the plugin", async () => {
  await using bench = await runToEnd({
    nodes: { n0: { inputs: { x: { scalar: integer(4).scalar ?? null } } } },
    outputs: { r: promise("n0") },
  });
  expect(Number(bench.literals(`${dataOf("end-node")}/0/outputs.pb`)?.["r"]?.scalar?.primitive?.integer)).toBe(5);
});
