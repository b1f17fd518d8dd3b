import { describe, expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { openAdmin } from "./admin-kit.ts";
import type { AdminKit } from "./admin-kit.ts";
import { at, executionId, launchRequest, nodeId, registerAll } from "./fixtures.ts";
import Long from "long";

const { RUNNING, SUCCEEDED, UNDEFINED, ABORTING } = flyteidl.core.WorkflowExecution.Phase;
const NodePhase = flyteidl.core.NodeExecution.Phase;

async function launched(settings = {}): Promise<AdminKit> {
  const kit = await openAdmin(settings);
  await registerAll(kit);
  await kit.call("CreateExecution", launchRequest("e1"));
  return kit;
}

const workflow = (kit: AdminKit, phase: number, seconds: number) =>
  kit.call("CreateWorkflowEvent", { event: { executionId: executionId("e1"), phase, occurredAt: at(seconds) } });

/** `sequence:phase` of what comes. */
async function seen(kit: AdminKit, resumeAfter = 0, stopAfter = Infinity): Promise<string[]> {
  const events: string[] = [];
  for await (const event of kit.watch({ id: executionId("e1"), resumeAfter: Long.fromNumber(resumeAfter) })) {
    const { execution, nodeExecution } = event;
    events.push(
      `${String(event.sequence)}:${execution ? execution.closure?.phase : `${nodeExecution?.id?.nodeId} ${nodeExecution?.closure?.phase}`}`,
    );
    if (events.length === stopAfter) break;
  }
  return events;
}

describe("watching an execution", () => {
  test("gives what was recorded, then what comes, and ends with the execution", async () => {
    const kit = await launched();
    await workflow(kit, RUNNING, 1);
    const watched = seen(kit);
    await new Promise((resolve) => setImmediate(resolve));
    await kit.call("CreateNodeEvent", { event: { id: nodeId("e1", "n0"), phase: NodePhase.RUNNING, occurredAt: at(2) } });
    await workflow(kit, SUCCEEDED, 3);
    expect(await watched).toEqual([`1:${UNDEFINED}`, `2:${RUNNING}`, `3:n0 ${NodePhase.RUNNING}`, `4:${SUCCEEDED}`]);
  });

  test("tells which node a node is within", async () => {
    const kit = await launched();
    const node = (id: string, more: object) =>
      kit.call("CreateNodeEvent", { event: { id: nodeId("e1", id), phase: NodePhase.RUNNING, occurredAt: at(1), ...more } });
    await node("n0", {});
    await node("fujn3bxi", { specNodeId: "n1", parentNodeMetadata: { nodeId: "n0" } });
    await workflow(kit, SUCCEEDED, 2);
    const told = await Array.fromAsync(kit.watch({ id: executionId("e1") }), ({ nodeExecution, parentNodeId }) =>
      nodeExecution ? `${nodeExecution.id?.nodeId} in "${parentNodeId}"` : "execution",
    );
    expect(told).toEqual(["execution", 'n0 in ""', 'fujn3bxi in "n0"', "execution"]);
  });

  test("resumes after what the caller has, also after the end", async () => {
    const kit = await launched();
    await workflow(kit, RUNNING, 1);
    await workflow(kit, SUCCEEDED, 2);
    expect(await seen(kit, 0)).toEqual([`1:${UNDEFINED}`, `2:${RUNNING}`, `3:${SUCCEEDED}`]);
    expect(await seen(kit, 2)).toEqual([`3:${SUCCEEDED}`]);
    expect(await seen(kit, 3)).toEqual([]);
  });

  test("shows that it is being aborted", async () => {
    const kit = await launched();
    await kit.call("TerminateExecution", { id: executionId("e1"), cause: "enough" });
    expect(await seen(kit, 1, 1)).toEqual([`2:${ABORTING}`]);
  });

  test("misses nothing of many changes at once, for any number of watchers", async () => {
    const kit = await launched();
    const watchers = [seen(kit), seen(kit), seen(kit, 7)];
    const ids = Array.from({ length: 40 }, (_, index) => `n${index}`);
    await Promise.all(
      ids.map((id) => kit.call("CreateNodeEvent", { event: { id: nodeId("e1", id), phase: NodePhase.QUEUED, occurredAt: at(1) } })),
    );
    await workflow(kit, SUCCEEDED, 2);
    const [first, second, third] = await Promise.all(watchers);
    expect(first?.map((one) => Number(one.split(":")[0]))).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
    expect(second).toEqual(first);
    expect(third).toEqual(first?.slice(7));
  });

  test("finds changes of other processes by looking now and then", async () => {
    const kit = await launched({ reevaluationInterval: 10_000 });
    const watched = seen(kit, 1);
    await new Promise((resolve) => setImmediate(resolve));
    const quiet = { ...kit.deps, watchHub: { publish: () => undefined, subscribe: () => () => undefined } };
    const { recordEvents } = await import("../../../src/engine/events/record-events.ts");
    await recordEvents(quiet, [{ level: "workflow", event: { executionId: executionId("e1"), phase: SUCCEEDED, occurredAt: at(1) } }]);
    kit.deps.clock.advance(10_000);
    expect(await watched).toEqual([`2:${SUCCEEDED}`]);
    expect(kit.deps.clock.nextTimer()).toBeUndefined();
  });

  test("stops when the caller goes, and is NOT_FOUND for what is not there", async () => {
    const kit = await launched();
    const caller = new AbortController();
    const events: unknown[] = [];
    const watching = (async () => {
      for await (const event of kit.watch({ id: executionId("e1") }, caller.signal)) events.push(event);
    })();
    await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    await watching;
    expect(events).toHaveLength(1);
    await expect(seen({ ...kit, watch: () => kit.watch({ id: executionId("nope") }) })).rejects.toMatchObject({ status: "NOT_FOUND" });
    await expect(seen({ ...kit, watch: () => kit.watch({}) })).rejects.toMatchObject({
      status: "INVALID_ARGUMENT",
      message: "missing execution_id",
    });
  });
});
