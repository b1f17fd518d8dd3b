import { expect, test } from "vitest";
import { createAdminService } from "../../../src/engine/admin/admin-service.ts";
import { createDirectEventSink } from "../../../src/engine/events/record-events.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { openLinks } from "../../../src/links/open-links.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import type { StatusError } from "../../../src/idl/status.ts";
import type { EventSink, ExecutionEvent } from "../../../src/ports/event-sink.ts";
import { type AdminKit, openAdmin } from "../admin/admin-kit.ts";
import { at, executionId, identifier, launchRequest, nodeId, registerAll } from "../admin/fixtures.ts";
import { openRemote } from "../datacatalog/open-catalog.ts";

const { WorkflowExecution, NodeExecution, TaskExecution } = flyteidl.core;

const workflow = (phase: number, seconds: number, more: flyteidl.event.WorkflowExecutionEvent.$Properties = {}): ExecutionEvent => ({
  level: "workflow",
  event: { executionId: executionId("e1"), phase, occurredAt: at(seconds), ...more },
});
const node = (phase: number, seconds: number, more: flyteidl.event.NodeExecutionEvent.$Properties = {}): ExecutionEvent => ({
  level: "node",
  event: { id: nodeId("e1", "n0"), phase, occurredAt: at(seconds), ...more },
});
const task = (phase: number, seconds: number, more: flyteidl.event.TaskExecutionEvent.$Properties = {}): ExecutionEvent => ({
  level: "task",
  event: { taskId: identifier("TASK", "double"), parentNodeExecutionId: nodeId("e1", "n0"), phase, occurredAt: at(seconds), ...more },
});

/** Fresh each time: what is recorded is emptied of inline data. */
const batches = (): readonly (readonly ExecutionEvent[])[] => [
  [workflow(WorkflowExecution.Phase.RUNNING, 1), task(TaskExecution.Phase.RUNNING, 2), node(NodeExecution.Phase.QUEUED, 2)],
  [node(NodeExecution.Phase.RUNNING, 3), task(TaskExecution.Phase.QUEUED, 3), node(NodeExecution.Phase.RUNNING, 4)],
  [
    workflow(WorkflowExecution.Phase.RUNNING, 5),
    task(TaskExecution.Phase.RUNNING, 5, { phaseVersion: 3 }),
    task(TaskExecution.Phase.SUCCEEDED, 6),
  ],
  [node(NodeExecution.Phase.SUCCEEDED, 7), node(NodeExecution.Phase.RUNNING, 8), task(TaskExecution.Phase.FAILED, 8)],
  [
    workflow(WorkflowExecution.Phase.RUNNING, 1, { executionId: executionId("unknown") }),
    workflow(WorkflowExecution.Phase.RUNNING, 1, { occurredAt: null }),
  ],
  [workflow(WorkflowExecution.Phase.SUCCEEDED, 9, { outputUri: "s3://my-s3-bucket/ö.pb" }), workflow(WorkflowExecution.Phase.FAILED, 10)],
];

async function running(): Promise<AdminKit> {
  const kit = await openAdmin();
  await registerAll(kit);
  await kit.call("CreateExecution", launchRequest("e1"));
  return kit;
}

const plain = (outcome: StatusError | undefined) =>
  outcome && {
    status: outcome.status,
    message: outcome.message,
    details: outcome.details.map(({ typeName, value }) => [typeName, Buffer.from(value).toString("hex")]),
  };

async function outcomesOf(sink: EventSink): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (const batch of batches()) outcomes.push((await sink.record(batch)).map(plain));
  return outcomes;
}

test("events over gRPC have the outcomes that they have without it, and leave the same", async () => {
  const direct = await running();
  const expected = await outcomesOf(createDirectEventSink(direct.deps));
  const statuses = expected.map((batch) => (batch as ({ status: string } | undefined)[]).map((outcome) => outcome?.status ?? "recorded"));
  expect(statuses).toEqual([
    ["recorded", "NOT_FOUND", "recorded"],
    ["recorded", "recorded", "ALREADY_EXISTS"],
    ["ALREADY_EXISTS", "recorded", "recorded"],
    ["recorded", "FAILED_PRECONDITION", "FAILED_PRECONDITION"],
    ["NOT_FOUND", "INVALID_ARGUMENT"],
    ["recorded", "FAILED_PRECONDITION"],
  ]);
  const remote = await running();
  const { links, close } = await openRemote(createAdminService(remote.deps));
  try {
    expect(await outcomesOf(links.events)).toEqual(expected);
  } finally {
    await close();
  }
  const id = { id: executionId("e1") };
  expect((await remote.call("GetExecution", id)).closure).toEqual((await direct.call("GetExecution", id)).closure);
  const ofNode = { id: nodeId("e1", "n0") };
  expect((await remote.call("GetNodeExecution", ofNode)).closure).toEqual((await direct.call("GetNodeExecution", ofNode)).closure);
});

test("an admin that is not there, or is no admin, gives no outcome: the call rejects", async () => {
  const event = workflow(WorkflowExecution.Phase.RUNNING, 1);
  const gone = openLinks({ admin: "localhost:1", catalog: "localhost:1", clock: systemClock, random: systemRandom });
  await expect(gone.events.record([event])).rejects.toMatchObject({ status: "UNAVAILABLE" });
  await gone.close();
  const { links, close } = await openRemote({ service: "datacatalog.DataCatalog", unary: {} });
  await expect(links.events.record([event])).rejects.toMatchObject({ status: "UNIMPLEMENTED" });
  await close();
});
