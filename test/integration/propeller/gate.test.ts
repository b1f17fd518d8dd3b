import { expect, test } from "vitest";
import { Bench } from "./bench.ts";
import { dataOf, executionId, integer, promise } from "./workflow-of.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { toDuration } from "../../../src/idl/time.ts";
import type { ExecutionError, Literal } from "../../../src/idl/types.ts";
import type { WorkflowOf } from "./workflow-of.ts";

const errorOf = (bench: Bench): Pick<ExecutionError, "code" | "message"> =>
  (bench.admin.last("workflow")?.event.event as { error?: ExecutionError } | undefined)?.error ?? {};
const resultOf = (bench: Bench): unknown =>
  bench.literals(`${dataOf("end-node")}/0/outputs.pb`)?.["r"]?.scalar?.primitive?.integer?.toString();

async function opened(workflow: WorkflowOf, x = 7): Promise<Bench> {
  const bench = await Bench.open(workflow, { inputs: { literals: { x: integer(x) } } });
  await bench.propeller.start();
  await bench.propeller.idle();
  return bench;
}

async function set(bench: Bench, id: string, value: Literal): Promise<void> {
  bench.signals.set(id, value);
  bench.workflows.wake(executionId);
  await bench.propeller.idle();
}

test("a node that sleeps ends when its time has come, and nothing looks at it before", async () => {
  await using bench = await opened({ nodes: { g: { gate: { sleep: { duration: toDuration(90_000) } } }, n: { after: ["g"] } } });
  expect(bench.admin.phases("g")).toEqual(["QUEUED", "RUNNING"]);
  const saves = bench.saves;
  await bench.advance(89_999);
  expect(bench.saves).toBe(saves);
  await bench.advance(1);
  expect(bench.admin.seen.filter(({ subject }) => subject === "g").map(({ phase, at }) => [phase, at])).toEqual([
    ["QUEUED", 1000],
    ["RUNNING", 1000],
    ["SUCCEEDED", 91_000],
  ]);
  expect(bench.admin.last("g")?.event.event).not.toHaveProperty("outputUri");
  expect(bench.admin.phases("n")).toEqual(["QUEUED"]);
});

test("a sleep of no time, and one that a restart interrupts", async () => {
  await using none = await opened({ nodes: { g: { gate: { sleep: {} } } } });
  expect(none.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  await using bench = await opened({ nodes: { g: { gate: { sleep: { duration: toDuration(10_000) } } } } });
  await bench.advance(6_000);
  await bench.propeller.stop();
  bench.replacePropeller();
  await bench.propeller.start();
  await bench.advance(3_999);
  expect(bench.admin.last("g")?.phase).toBe("RUNNING");
  await bench.advance(1);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("a signal's value becomes the output", async () => {
  const signal = { signalId: "how-many", type: { simple: flyteidl.core.SimpleType.INTEGER }, outputVariableName: "o0" };
  await using bench = await opened({ nodes: { g: { gate: { signal } } }, outputs: { r: promise("g", "o0") } });
  await bench.advance(1_000_000);
  expect(bench.admin.phases("g")).toEqual(["QUEUED", "RUNNING"]);
  await set(bench, "other", integer(1));
  expect(bench.admin.phases("g")).toEqual(["QUEUED", "RUNNING"]);
  await set(bench, "how-many", integer(5));
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(resultOf(bench)).toBe("5");
  expect(bench.admin.last("g")?.event.event).toMatchObject({ outputUri: `${dataOf("g")}/0/outputs.pb` });
});

const approving: WorkflowOf = {
  nodes: { g: { inputs: { x: promise("", "x") }, gate: { approve: { signalId: "ok" } } } },
  outputs: { r: promise("g", "x") },
};

test("a yes hands the inputs on, a no fails the node, anything else is an error", async () => {
  await using yes = await opened(approving);
  await set(yes, "ok", { scalar: { primitive: { boolean: true } } });
  expect([yes.admin.last("workflow")?.phase, resultOf(yes)]).toEqual(["SUCCEEDED", "7"]);
  await using no = await opened(approving);
  await set(no, "ok", { scalar: { primitive: { boolean: false } } });
  expect(errorOf(no)).toMatchObject({
    code: "ReceivedRejectSignal",
    message: "received a reject signal to disapprove the node input values",
  });
  await using odd = await opened(approving);
  await set(odd, "ok", integer(1));
  expect(errorOf(odd)).toMatchObject({ code: "RuntimeExecutionError", message: "received a non-boolean approve signal value" });
});

test("signals are shared by all nodes that name them, within others as well; who waits too long has failed", async () => {
  const inner: WorkflowOf = { nodes: { g: { gate: { approve: { signalId: "ok" } } } } };
  await using bench = await opened({ nodes: { n0: { workflow: inner }, g: { gate: { approve: { signalId: "ok" } } } } });
  await set(bench, "ok", { scalar: { primitive: { boolean: true } } });
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  const metadata = { name: "g", timeout: toDuration(60_000) };
  await using late = await opened({ nodes: { g: { metadata, gate: { approve: { signalId: "ok" } } } } });
  await late.advance(60_000);
  expect(errorOf(late)).toMatchObject({
    code: "RetriesExhausted|TimeoutExpired",
    message: "[1/1] currentAttempt done. Last Error: USER::task execution timeout [1m0s] expired",
  });
});
