import { expect, test } from "vitest";
import { Bench } from "./bench.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import type { ExecutionError } from "../../../src/idl/types.ts";
import type { StatusName } from "../../../src/idl/status.ts";

const errorOf = (bench: Bench, subject: string) =>
  (bench.admin.last(subject)?.event.event as { error?: ExecutionError } | undefined)?.error;
const terminal = [
  {
    typeName: "flyteidl.admin.EventFailureReason",
    value: flyteidl.admin.EventFailureReason.encode({ alreadyInTerminalState: { currentPhase: "ABORTED" } }).finish(),
  },
];

/** Starts a workflow of one task whose events are refused as `refuse` says. */
async function refusing(refuse: (subject: string, phase: string) => StatusError | undefined): Promise<Bench> {
  const bench = await Bench.open({ nodes: { n0: {} } });
  bench.admin.before = ({ subject, phase }) => refuse(subject, phase);
  await bench.propeller.start();
  return bench;
}

test.each(["RESOURCE_EXHAUSTED", "INVALID_ARGUMENT"] as StatusName[])(
  "a success that admin will not take (%s) fails the node",
  async (status) => {
    await using bench = await refusing((subject, phase) =>
      subject === "n0" && phase === "SUCCEEDED" ? new StatusError(status, "too large") : undefined,
    );
    await bench.finish();
    expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING", "FAILED"]);
    expect(errorOf(bench, "n0")).toMatchObject({ code: "NodeFailed", message: "failed to record an event of the node: too large" });
    expect(bench.admin.last("workflow")?.phase).toBe("FAILED");
    expect(bench.world.attempts.get("ex-n0-0")).toMatchObject({ finalized: 1 });
  },
);

test("an error too large is told shorter", async () => {
  await using bench = await Bench.open(
    { nodes: { n0: {} } },
    { steps: { n0: [[{ phase: "PERMANENT_FAILURE", error: { code: "Big", message: "ü".repeat(200_000), kind: "USER" } }]] } },
  );
  await bench.propeller.start();
  await bench.finish();
  const message = errorOf(bench, "n0")?.message ?? "";
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(102_400);
  expect(Buffer.byteLength(message)).toBeGreaterThan(102_390);
  expect(message).toMatch(/^ü+$/);
});

test.each(["INTERNAL", "UNAVAILABLE"] as StatusName[])("end node events matter to nobody (%s)", async (status) => {
  await using bench = await refusing((subject) => (subject === "end-node" ? new StatusError(status, "no") : undefined));
  await bench.finish();
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
  expect(bench.logged).toEqual([]);
});

test("an execution that admin has ended is told nothing more, and what runs is ended", async () => {
  let over = false;
  await using bench = await refusing((subject) =>
    over && subject === "workflow" ? new StatusError("FAILED_PRECONDITION", "already ABORTED", terminal) : undefined,
  );
  await bench.propeller.idle();
  await bench.step();
  over = true;
  await bench.step();
  expect(await bench.isOver).toBe(true);
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING"]);
});

test("an execution that admin does not know is dropped", async () => {
  await using bench = await refusing(() => new StatusError("NOT_FOUND", "no such execution"));
  await bench.propeller.idle();
  expect(await bench.isOver).toBe(true);
  expect(bench.admin.seen).toEqual([]);
  expect(bench.world.attempts.get("ex-n0-0")?.aborted).toEqual(["workflow state mismatch between propeller and control plane"]);
});

test("a refusal to hear of a node that goes on is an error of the round", async () => {
  let refused = 0;
  await using bench = await refusing((subject, phase) =>
    subject === "n0" && phase === "RUNNING" && refused++ < 2 ? new StatusError("FAILED_PRECONDITION", "illegal") : undefined,
  );
  await bench.propeller.idle();
  await bench.step();
  await bench.advance(100);
  expect(bench.logged).toHaveLength(2);
  expect(bench.admin.phases("n0")).toEqual(["QUEUED"]);
  await bench.advance(200);
  expect(bench.admin.phases("n0")).toEqual(["QUEUED", "RUNNING"]);
  await bench.finish();
  expect(bench.logged).toHaveLength(2);
  expect(bench.admin.last("workflow")?.phase).toBe("SUCCEEDED");
});

test("admin out of reach: the round is tried again and nothing starts twice", async () => {
  let down = 3;
  await using bench = await refusing(() => {
    if (down-- > 0) throw new Error("unreachable");
    return undefined;
  });
  await bench.finish();
  expect(bench.admin.phases("workflow")).toEqual(["RUNNING", "SUCCEEDING", "SUCCEEDED"]);
  expect(bench.world.attempts.get("ex-n0-0")).toMatchObject({ starts: 1, finalized: 1 });
  expect(bench.world.violations).toEqual([]);
});
