import { describe, expect, test } from "vitest";
import { KnownRows } from "../../../src/engine/events/known-rows.ts";
import { createDirectEventSink } from "../../../src/engine/events/record-events.ts";
import { flyte, flyteidl } from "../../../src/idl/flyteidl.ts";
import { nodePhases, taskPhases } from "../../../src/idl/phases.ts";
import { StatusError } from "../../../src/idl/status.ts";
import type { ExecutionEvent } from "../../../src/ports/event-sink.ts";
import { openAdmin } from "./admin-kit.ts";
import type { AdminKit } from "./admin-kit.ts";
import { at, executionId, identifier, integer, launchRequest, nodeId, registerAll, secondsOf } from "./fixtures.ts";

const { admin, core } = flyteidl;
const { QUEUED, RUNNING, SUCCEEDED, FAILED } = core.WorkflowExecution.Phase;
const NodePhase = core.NodeExecution.Phase;
const TaskPhase = core.TaskExecution.Phase;
const { USER } = core.ExecutionError.ErrorKind;

async function running(name = "e1"): Promise<AdminKit> {
  const kit = await openAdmin();
  await registerAll(kit);
  await kit.call("CreateExecution", launchRequest(name));
  return kit;
}

const workflow = (kit: AdminKit, phase: number, seconds: number, more: flyteidl.event.WorkflowExecutionEvent.$Properties = {}) =>
  kit.verdict("CreateWorkflowEvent", { event: { executionId: executionId("e1"), phase, occurredAt: at(seconds), ...more } });
const node = (kit: AdminKit, id: string, phase: number, seconds: number, more: flyteidl.event.NodeExecutionEvent.$Properties = {}) =>
  kit.verdict("CreateNodeEvent", { event: { id: nodeId("e1", id), phase, occurredAt: at(seconds), ...more } });
const taskId = (attempt = 0) => ({ taskId: identifier("TASK", "double"), nodeExecutionId: nodeId("e1", "n0"), retryAttempt: attempt });
const task = (kit: AdminKit, phase: number, seconds: number, more: flyteidl.event.TaskExecutionEvent.$Properties = {}) =>
  kit.verdict("CreateTaskEvent", {
    event: { taskId: identifier("TASK", "double"), parentNodeExecutionId: nodeId("e1", "n0"), phase, occurredAt: at(seconds), ...more },
  });

test("times that are none are the caller's mistake, at every level", async () => {
  const kit = await running();
  for (const occurredAt of [at(1e13), at(-1e12), { ...at(1), nanos: -1 }, { ...at(1), nanos: 1e9 }]) {
    const wrong = "INVALID_ARGUMENT invalid value for occurred_at";
    expect(await workflow(kit, RUNNING, 1, { occurredAt })).toBe(wrong);
    expect(await node(kit, "n0", NodePhase.QUEUED, 1, { occurredAt })).toBe(wrong);
    expect(await task(kit, TaskPhase.QUEUED, 1, { occurredAt })).toBe(wrong);
    expect(await node(kit, "n0", NodePhase.QUEUED, 1, { reportedAt: occurredAt })).toBe("INVALID_ARGUMENT invalid value for reported_at");
  }
});

describe("workflow events", () => {
  test("move an execution to its end, with times and outputs", async () => {
    const kit = await running();
    expect(await workflow(kit, QUEUED, 1)).toBe("accepted");
    expect(await workflow(kit, RUNNING, 2)).toBe("accepted");
    expect(await workflow(kit, SUCCEEDED, 5.25, { outputUri: "s3://my-s3-bucket/o.pb" })).toBe("accepted");
    const { closure } = await kit.call("GetExecution", { id: executionId("e1") });
    expect([closure?.phase, closure?.outputs?.uri]).toEqual([SUCCEEDED, "s3://my-s3-bucket/o.pb"]);
    expect([secondsOf(closure?.createdAt), secondsOf(closure?.startedAt), secondsOf(closure?.updatedAt)]).toEqual([0, 2, 5.25]);
    expect([Number(closure?.duration?.seconds), closure?.duration?.nanos]).toEqual([3, 250_000_000]);
    const late = await kit.refusal("CreateWorkflowEvent", { event: { executionId: executionId("e1"), phase: FAILED, occurredAt: at(6) } });
    expect([late.status, late.message]).toEqual([
      "FAILED_PRECONDITION",
      'Invalid phase change from SUCCEEDED to FAILED for workflow execution project:"flytesnacks" domain:"development" name:"e1"',
    ]);
    const reason = admin.EventFailureReason.decode(late.details[0]?.value ?? new Uint8Array());
    expect(reason.alreadyInTerminalState?.currentPhase).toBe("SUCCEEDED");
  });

  test("are refused when repeated, backwards, or of nothing", async () => {
    const kit = await running();
    const id = 'project:"flytesnacks" domain:"development" name:"e1"';
    await workflow(kit, RUNNING, 1);
    expect(await workflow(kit, RUNNING, 2)).toBe(`ALREADY_EXISTS This phase RUNNING was already recorded for workflow execution ${id}`);
    expect(await workflow(kit, QUEUED, 2)).toBe(`FAILED_PRECONDITION Cannot go from RUNNING to QUEUED for workflow execution ${id}`);
    await kit.call("TerminateExecution", { id: executionId("e1"), cause: "c" });
    expect(await workflow(kit, RUNNING, 2)).toBe(
      `FAILED_PRECONDITION Invalid phase change from aborting to RUNNING for workflow execution ${id}`,
    );
    expect(await workflow(kit, RUNNING, 2, { executionId: executionId("nope") })).toBe(
      'NOT_FOUND missing entity of type execution with identifier project:"flytesnacks" domain:"development" name:"nope"',
    );
    expect(await kit.verdict("CreateWorkflowEvent", {})).toBe("INVALID_ARGUMENT missing event");
    expect(await workflow(kit, RUNNING, 2, { occurredAt: null })).toBe("INVALID_ARGUMENT missing occurred_at");
    expect(await workflow(kit, RUNNING, 2, { executionId: null })).toBe("INVALID_ARGUMENT missing execution_id");
  });

  test("come from the cluster that has the execution; QUEUED from another moves it", async () => {
    const kit = await running();
    await workflow(kit, QUEUED, 1, { producerId: "c1" });
    expect(await workflow(kit, QUEUED, 2, { producerId: "c2" })).toBe("accepted");
    const refusal = await kit.refusal("CreateWorkflowEvent", {
      event: { executionId: executionId("e1"), phase: RUNNING, occurredAt: at(3), producerId: "c1" },
    });
    expect([refusal.status, refusal.message]).toEqual(["FAILED_PRECONDITION", "recorded cluster [c2] does not match request cluster [c1]"]);
    expect(admin.EventFailureReason.decode(refusal.details[0]?.value ?? new Uint8Array()).incompatibleCluster?.cluster).toBe("c2");
    expect(await node(kit, "n0", NodePhase.QUEUED, 3, { producerId: "c1" })).toMatch(/^FAILED_PRECONDITION recorded cluster/);
    expect(await workflow(kit, RUNNING, 3, { producerId: "propeller" })).toBe("accepted");
    expect(await node(kit, "n0", NodePhase.QUEUED, 3, { producerId: "c2" })).toBe("accepted");
    const { spec } = await kit.call("GetExecution", { id: executionId("e1") });
    expect(spec?.metadata?.systemMetadata?.executionCluster).toBe("c2");
  });

  test("that carry outputs have them put into the store, up to the limit", async () => {
    const kit = await openAdmin({ maxOutputSize: 40 });
    await registerAll(kit);
    await kit.call("CreateExecution", launchRequest("e1"));
    const big = { literals: { o0: { scalar: { primitive: { stringValue: "x".repeat(60) } } } } };
    expect(await workflow(kit, SUCCEEDED, 1, { outputData: big })).toBe(
      "RESOURCE_EXHAUSTED Output data size exceeds platform configured threshold (74 > 40)",
    );
    expect(await workflow(kit, SUCCEEDED, 1, { outputData: { literals: { o0: integer(6) } } })).toBe("accepted");
    const data = await kit.call("GetExecutionData", { id: executionId("e1") });
    expect(Number(data.fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer)).toBe(6);
    expect(kit.deps.blobs.objects.has("s3://my-s3-bucket/metadata/flytesnacks/development/e1/offloaded_outputs")).toBe(true);
  });
});

describe("data in events", () => {
  const outputs = (value: number) => ({ outputData: { literals: { o0: integer(value) } } });

  test("are not stored for what is not there", async () => {
    const kit = await running();
    const before = [...kit.deps.blobs.objects.keys()];
    const refusals = [
      await kit.verdict("CreateWorkflowEvent", {
        event: { executionId: executionId("nope"), phase: SUCCEEDED, occurredAt: at(1), ...outputs(1) },
      }),
      await kit.verdict("CreateNodeEvent", {
        event: { id: nodeId("nope", "n0"), phase: NodePhase.SUCCEEDED, occurredAt: at(1), inputData: { literals: {} } },
      }),
    ];
    const missing = 'NOT_FOUND missing entity of type execution with identifier project:"flytesnacks" domain:"development" name:"nope"';
    expect(refusals).toEqual([missing, missing]);
    expect([...kit.deps.blobs.objects.keys()]).toEqual(before);
  });

  test.each(["../../e2/n0", "a/b", "..", ".", "n0?x#y", "ü n"])("of node %s stay below their execution and its node", async (id) => {
    const kit = await running();
    expect(await node(kit, id, NodePhase.SUCCEEDED, 1, outputs(6))).toBe("accepted");
    const { closure } = await kit.call("GetNodeExecution", { id: nodeId("e1", id) });
    const [, folder, file, ...more] =
      /^s3:\/\/my-s3-bucket\/metadata\/flytesnacks\/development\/e1\/([^/]+)\/([^/]+)(.*)$/.exec(closure?.outputUri ?? "") ?? [];
    expect([file, ...more]).toEqual(["offloaded_outputs", ""]);
    expect(folder).not.toMatch(/^\.{1,2}$/);
    expect(decodeURIComponent(folder ?? "")).toBe(id);
    const data = await kit.call("GetNodeExecutionData", { id: nodeId("e1", id) });
    expect(Number(data.fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer)).toBe(6);
  });

  test("of a refused event change nothing that is recorded", async () => {
    const kit = await running();
    expect(await node(kit, "n0", NodePhase.SUCCEEDED, 1, outputs(6))).toBe("accepted");
    expect(await node(kit, "n0", NodePhase.FAILED, 2, outputs(7))).toMatch(/^FAILED_PRECONDITION/);
    expect(await workflow(kit, SUCCEEDED, 2, outputs(1))).toBe("accepted");
    expect(await workflow(kit, SUCCEEDED, 3, outputs(2))).toMatch(/^ALREADY_EXISTS/);
    const ofNode = await kit.call("GetNodeExecutionData", { id: nodeId("e1", "n0") });
    expect(Number(ofNode.fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer)).toBe(6);
    const ofExecution = await kit.call("GetExecutionData", { id: executionId("e1") });
    expect(Number(ofExecution.fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer)).toBe(1);
  });

  test("that a full disk cannot take are to be sent again, unlike what is too large", async () => {
    const kit = await running();
    const full = () => Promise.reject(new StatusError("RESOURCE_EXHAUSTED", "the disk is full"));
    kit.deps.blobs.put = full;
    expect(await node(kit, "n0", NodePhase.SUCCEEDED, 1, outputs(6))).toBe("UNAVAILABLE the disk is full");
    const event: ExecutionEvent = {
      level: "node",
      event: { id: nodeId("e1", "n0"), phase: NodePhase.SUCCEEDED, occurredAt: at(1), ...outputs(6) },
    };
    await expect(createDirectEventSink(kit.deps).record([event])).rejects.toMatchObject({ status: "UNAVAILABLE" });
    const { write } = kit.deps.state;
    const broken = await openAdmin({}, { state: { ...kit.deps.state, write } });
    Object.assign(broken.deps.state, { write: full });
    expect(await workflow(broken, RUNNING, 1)).toBe("UNAVAILABLE the disk is full");
  });
});

describe("rows that were written last", () => {
  const event = (id: string, phase: number, seconds: number, more = {}): ExecutionEvent => ({
    level: "node",
    event: { id: nodeId("e1", id), phase, occurredAt: at(seconds), ...more },
  });

  test("are not read again, unless another process has told of something since, or the last try was undone", async () => {
    const kit = await running();
    const reads: string[] = [];
    const { state } = kit.deps;
    const watched: typeof state.write = (work) =>
      state.write((writer) => {
        const get: typeof writer.nodeExecutions.get = (id) => {
          reads.push(id.nodeId);
          return writer.nodeExecutions.get(id);
        };
        return work({ ...writer, nodeExecutions: { ...writer.nodeExecutions, get } });
      });
    const sinkOf = (write = watched) => createDirectEventSink({ ...kit.deps, state: { ...state, write }, knownRows: new KnownRows() });
    let undone = false;
    const one = sinkOf((work) =>
      watched(async (writer) => {
        const result = await work(writer);
        if (undone) throw new StatusError("UNAVAILABLE", "undone");
        return result;
      }),
    );
    const other = sinkOf();
    const phaseOf = async (id: string) => (await kit.call("GetNodeExecution", { id: nodeId("e1", id) })).closure?.phase;
    const readsOf = async (sink: typeof one, ...events: ExecutionEvent[]) => {
      reads.length = 0;
      const outcomes = (await sink.record(events)).map((outcome) => outcome?.status ?? "recorded");
      return [...outcomes, ...reads];
    };
    expect(await readsOf(one, event("n0", NodePhase.QUEUED, 1))).toEqual(["recorded", "n0"]);
    expect(await readsOf(one, event("n0", NodePhase.RUNNING, 2))).toEqual(["recorded"]);
    // Heard of from its beginning: what was never told of is not looked for. What has ended is held no longer, but known to be there.
    expect(await readsOf(one, event("n2", NodePhase.QUEUED, 2))).toEqual(["recorded"]);
    expect(await readsOf(one, event("n2", NodePhase.SUCCEEDED, 2))).toEqual(["recorded"]);
    expect(await readsOf(one, event("n2", NodePhase.RUNNING, 2))).toEqual(["FAILED_PRECONDITION", "n2"]);
    expect(await readsOf(one, event("n0", NodePhase.RUNNING, 2))).toEqual(["ALREADY_EXISTS", "n0"]);
    expect(await readsOf(one, event("n0", NodePhase.SUCCEEDED, 3, { deckUri: "s3://b/deck" }))).toEqual(["recorded", "n0"]);
    expect(await readsOf(other, event("n1", NodePhase.QUEUED, 4))).toEqual(["recorded", "n1"]);
    expect(await readsOf(one, event("n1", NodePhase.QUEUED, 4), event("n1", NodePhase.RUNNING, 5))).toEqual([
      "ALREADY_EXISTS",
      "recorded",
      "n1",
    ]);
    expect(await readsOf(other, event("n1", NodePhase.RUNNING, 5))).toEqual(["ALREADY_EXISTS", "n1"]);
    undone = true;
    await expect(one.record([event("n1", NodePhase.SUCCEEDED, 6)])).rejects.toMatchObject({ status: "UNAVAILABLE" });
    undone = false;
    expect(await readsOf(one, event("n1", NodePhase.FAILED, 7))).toEqual(["recorded", "n1"]);
    expect(await readsOf(one, event("n1", NodePhase.RUNNING, 8))).toEqual(["FAILED_PRECONDITION", "n1"]);
    expect([await phaseOf("n0"), await phaseOf("n1")]).toEqual([NodePhase.SUCCEEDED, NodePhase.FAILED]);
  });
});

describe("node events", () => {
  test("make a node in any phase and follow it to its end", async () => {
    const kit = await running();
    const first = { inputUri: "s3://my-s3-bucket/n0/inputs.pb", specNodeId: "n0", retryGroup: "1", nodeName: "double" };
    expect(await node(kit, "n0", NodePhase.QUEUED, 1, first)).toBe("accepted");
    expect(await node(kit, "n0", NodePhase.RUNNING, 2, { isParent: true, reportedAt: at(2.5) })).toBe("accepted");
    const taskNodeMetadata = {
      cacheStatus: core.CatalogCacheStatus.CACHE_HIT,
      catalogKey: { artifactTag: { artifactId: "a1", name: "tag" } },
      checkpointUri: "s3://c",
    };
    const end = { outputUri: "s3://my-s3-bucket/n0/outputs.pb", deckUri: "s3://my-s3-bucket/n0/deck.html", taskNodeMetadata };
    expect(await node(kit, "n0", NodePhase.SUCCEEDED, 4, end)).toBe("accepted");
    const shown = await kit.call("GetNodeExecution", { id: nodeId("e1", "n0") });
    const { closure, metadata } = shown;
    expect([shown.inputUri, closure?.outputUri, closure?.deckUri]).toEqual([first.inputUri, end.outputUri, end.deckUri]);
    expect([secondsOf(closure?.createdAt), secondsOf(closure?.startedAt), secondsOf(closure?.updatedAt)]).toEqual([1, 2, 4]);
    expect(Number(closure?.duration?.seconds)).toBe(2);
    expect(closure?.taskNodeMetadata?.cacheStatus).toBe(core.CatalogCacheStatus.CACHE_HIT);
    expect([closure?.taskNodeMetadata?.catalogKey?.artifactTag?.artifactId, closure?.taskNodeMetadata?.checkpointUri]).toEqual([
      "a1",
      "s3://c",
    ]);
    expect([metadata?.specNodeId, metadata?.retryGroup, metadata?.isParentNode, metadata?.isDynamic]).toEqual(["n0", "1", true, false]);
    const cached = await kit.call("ListNodeExecutions", {
      workflowExecutionId: executionId("e1"),
      limit: 10,
      filters: "eq(cache_status,CACHE_HIT)",
    });
    expect(cached.nodeExecutions).toHaveLength(1);
  });

  test("say when they were reported, and why a node failed", async () => {
    const kit = await running();
    await node(kit, "n0", NodePhase.RUNNING, 2);
    await node(kit, "n0", NodePhase.FAILED, 3, { reportedAt: at(9), error: { code: "USER:Oops", message: "m".repeat(150), kind: USER } });
    const { closure } = await kit.call("GetNodeExecution", { id: nodeId("e1", "n0") });
    expect([secondsOf(closure?.updatedAt), closure?.error?.message?.length]).toEqual([9, 150]);
    const list = await kit.call("ListNodeExecutions", {
      workflowExecutionId: executionId("e1"),
      limit: 1,
      filters: "eq(error_code,USER:Oops)",
    });
    expect(list.nodeExecutions?.[0]?.closure?.error?.message).toBe("m".repeat(100));
  });

  // From the API's documentation, not from the table.
  const final = ["SUCCEEDED", "FAILED", "ABORTED", "SKIPPED", "TIMED_OUT", "RECOVERED"];
  test("of every phase after every other: once, never back to the queue, and never after an end", async () => {
    const kit = await running();
    for (const from of nodePhases) {
      for (const to of nodePhases) {
        const id = `${from}-${to}`;
        expect(await node(kit, id, NodePhase[from], 1)).toBe("accepted");
        const refusal = await kit
          .refusal("CreateNodeEvent", { event: { id: nodeId("e1", id), phase: NodePhase[to], occurredAt: at(2) } })
          .catch(() => undefined);
        const back = (to === "QUEUED" || to === "UNDEFINED") && from !== "UNDEFINED" && !final.includes(from);
        const wanted = from === to || back ? "ALREADY_EXISTS" : final.includes(from) ? "FAILED_PRECONDITION" : undefined;
        expect([from, to, refusal?.status]).toEqual([from, to, wanted]);
        if (wanted === "FAILED_PRECONDITION") {
          const reason = admin.EventFailureReason.decode(refusal?.details[0]?.value ?? new Uint8Array());
          // Of the event, not the stored one: so does Flyte.
          expect(reason.alreadyInTerminalState?.currentPhase).toBe(to);
        }
        const { closure } = await kit.call("GetNodeExecution", { id: nodeId("e1", id) });
        expect(closure?.phase).toBe(NodePhase[wanted === undefined ? to : from]);
      }
    }
  });

  test("belong to their parents, and ask for what they refer to", async () => {
    const kit = await running();
    expect(await node(kit, "c0", NodePhase.QUEUED, 1, { parentNodeMetadata: { nodeId: "n0" } })).toMatch(
      /^NOT_FOUND missing entity of type node execution with identifier node_id:"n0"/,
    );
    await node(kit, "n0", NodePhase.RUNNING, 1);
    expect(await node(kit, "c0", NodePhase.QUEUED, 2, { parentNodeMetadata: { nodeId: "n0" } })).toBe("accepted");
    const ids = async (uniqueParentId: string) =>
      (await kit.call("ListNodeExecutions", { workflowExecutionId: executionId("e1"), limit: 10, uniqueParentId })).nodeExecutions?.map(
        (one) => one.id?.nodeId,
      );
    expect([await ids(""), await ids("n0"), await ids("c0")]).toEqual([["n0"], ["c0"], []]);
    expect(await kit.verdict("ListNodeExecutions", { workflowExecutionId: executionId("e1"), limit: 1, uniqueParentId: "nope" })).toMatch(
      /^NOT_FOUND/,
    );

    const child = { workflowNodeMetadata: { executionId: executionId("child") } };
    expect(await node(kit, "n0", NodePhase.SUCCEEDED, 3, child)).toMatch(
      /^NOT_FOUND missing entity of type execution with identifier .*name:"child"/,
    );
    await kit.call("CreateExecution", launchRequest("child"));
    expect(await node(kit, "n0", NodePhase.SUCCEEDED, 3, child)).toBe("accepted");
    const { closure } = await kit.call("GetNodeExecution", { id: nodeId("e1", "n0") });
    expect(closure?.workflowNodeMetadata?.executionId?.name).toBe("child");
    expect(await node(kit, "x", NodePhase.QUEUED, 1, { id: nodeId("nope", "x") })).toMatch(/^NOT_FOUND missing entity of type execution/);
    expect(await node(kit, "", NodePhase.QUEUED, 1)).toBe("INVALID_ARGUMENT missing node_id");
    expect(await node(kit, "x", NodePhase.QUEUED, 1, { id: null })).toBe("INVALID_ARGUMENT missing id");
  });

  test("of a dynamic node bring the workflow that it made", async () => {
    const kit = await running();
    const { closure } = await kit.call("GetWorkflow", { id: identifier("WORKFLOW", "wf") });
    await node(kit, "n0", NodePhase.RUNNING, 1);
    expect(await kit.verdict("GetDynamicNodeWorkflow", { id: nodeId("e1", "n0") })).toMatch(
      /^NOT_FOUND node-execution does not contain a dynamic workflow/,
    );
    const dynamicWorkflow = {
      id: identifier("WORKFLOW", "wf"),
      compiledWorkflow: closure?.compiledWorkflow,
      dynamicJobSpecUri: "s3://my-s3-bucket/futures.pb",
    };
    expect(await node(kit, "n0", NodePhase.DYNAMIC_RUNNING, 2, { isDynamic: true, taskNodeMetadata: { dynamicWorkflow } })).toBe(
      "accepted",
    );
    const made = await kit.call("GetDynamicNodeWorkflow", { id: nodeId("e1", "n0") });
    expect(made.compiledWorkflow?.primary?.template?.id?.name).toBe("wf");
    const data = await kit.call("GetNodeExecutionData", { id: nodeId("e1", "n0") });
    expect([data.dynamicWorkflow?.id?.name, data.dynamicWorkflow?.dynamicJobSpecUri]).toEqual(["wf", "s3://my-s3-bucket/futures.pb"]);
    expect(data.dynamicWorkflow?.compiledWorkflow?.tasks).toHaveLength(2);
    const uri = "s3://my-s3-bucket/metadata/admin/flytesnacks/development/e1/n0/flytesnacks_development_wf_v1";
    expect(kit.deps.blobs.objects.has(uri)).toBe(true);
    expect((await kit.call("GetNodeExecution", { id: nodeId("e1", "n0") })).metadata?.isDynamic).toBe(true);
  });
});

describe("task events", () => {
  test("need their node", async () => {
    const kit = await running();
    expect(await task(kit, TaskPhase.QUEUED, 1)).toMatch(/^NOT_FOUND missing entity of type node execution with identifier node_id:"n0"/);
    expect(await task(kit, TaskPhase.QUEUED, 1, { taskId: null })).toBe("INVALID_ARGUMENT missing task_id");
    expect(await task(kit, TaskPhase.QUEUED, 1, { taskId: { ...identifier("TASK", "double"), version: "" } })).toBe(
      "INVALID_ARGUMENT missing version",
    );
    expect(await task(kit, TaskPhase.QUEUED, 1, { parentNodeExecutionId: null })).toBe("INVALID_ARGUMENT missing node_execution_id");
  });

  test("gather logs, reasons, information and resource use of an attempt", async () => {
    const kit = await running();
    await node(kit, "n0", NodePhase.RUNNING, 1);
    const struct = (fields: Record<string, flyteidl.core.Literal.$Properties | object>) => ({ fields }) as never;
    const log = (name: string, uri: string, more = {}) => ({ name, uri, ...more });
    await task(kit, TaskPhase.QUEUED, 1, {
      inputUri: "s3://my-s3-bucket/n0/inputs.pb",
      taskType: "python-task",
      eventVersion: 1,
      reason: "waiting",
      logs: [log("pending", "u0", { ShowWhilePending: true }), log("later", "u1")],
      customInfo: struct({ a: { numberValue: 1 }, deep: { structValue: { fields: { x: { numberValue: 1 }, y: { numberValue: 2 } } } } }),
      metadata: { generatedName: "e1-n0-0", pluginIdentifier: "container", externalResources: [{ index: 1, externalId: "one" }] },
    });
    const queued = await kit.call("GetTaskExecution", { id: taskId() });
    expect([queued.inputUri, queued.closure?.taskType, queued.closure?.eventVersion]).toEqual([
      "s3://my-s3-bucket/n0/inputs.pb",
      "python-task",
      1,
    ]);
    expect(queued.closure?.logs?.map((one) => one.name)).toEqual(["pending"]);

    await task(kit, TaskPhase.RUNNING, 2, {
      reasons: [{ reason: "started", occurredAt: at(1.5) }, { reason: "goes on" }],
      logs: [log("out", "u2", { HideOnceFinished: true }), log("pending", "u3")],
      customInfo: struct({ a: { nullValue: 0 }, deep: { structValue: { fields: { y: { numberValue: 3 } } } } }),
      metadata: {
        externalResources: [
          { index: 0, externalId: "zero" },
          { index: 1, retryAttempt: 1, externalId: "again" },
        ],
      },
    });
    await task(kit, TaskPhase.RUNNING, 2.5, { phaseVersion: 1, reason: "goes on" });
    await task(kit, TaskPhase.SUCCEEDED, 5, {
      outputUri: "s3://my-s3-bucket/n0/0/outputs.pb",
      customInfo: struct({
        flyte_resource_use: { structValue: { fields: { cpu_seconds: { numberValue: 1.5 }, peak_memory_bytes: { numberValue: 4096 } } } },
      }),
    });
    const { closure } = await kit.call("GetTaskExecution", { id: taskId() });
    expect([closure?.phase, closure?.outputUri, closure?.reason]).toEqual([
      TaskPhase.SUCCEEDED,
      "s3://my-s3-bucket/n0/0/outputs.pb",
      "goes on",
    ]);
    expect(closure?.reasons?.map((one) => [one.message, secondsOf(one.occurredAt)])).toEqual([
      ["waiting", 1],
      ["started", 1.5],
      ["goes on", 2],
    ]);
    expect(closure?.logs?.map((one) => [one.name, one.uri])).toEqual([["pending", "u3"]]);
    expect(Object.keys(closure?.customInfo?.fields ?? {}).sort()).toEqual(["deep", "flyte_resource_use"]);
    const deep = closure?.customInfo?.fields?.["deep"]?.structValue?.fields;
    expect([deep?.["x"]?.numberValue, deep?.["y"]?.numberValue]).toEqual([1, 3]);
    expect([closure?.metadata?.generatedName, closure?.metadata?.pluginIdentifier]).toEqual(["e1-n0-0", "container"]);
    expect(closure?.metadata?.externalResources?.map((one) => one.externalId)).toEqual(["zero", "one", "again"]);
    expect([secondsOf(closure?.startedAt), Number(closure?.duration?.seconds), secondsOf(closure?.updatedAt)]).toEqual([2, 3, 5]);
    const row = await kit.deps.state.read.taskExecutions.get({
      task: { project: "flytesnacks", domain: "development", name: "double", version: "v1" },
      node: { execution: executionId("e1"), nodeId: "n0" },
      retryAttempt: 0,
    });
    expect([row?.cpuSeconds, row?.peakMemoryBytes]).toEqual([1.5, 4096]);
  });

  const final = ["SUCCEEDED", "FAILED", "ABORTED"];
  test("of every phase after every other, and of every version: new ones only, and none after an end", async () => {
    const kit = await running();
    await node(kit, "n0", NodePhase.RUNNING, 1);
    let attempt = 0;
    for (const from of taskPhases) {
      for (const to of taskPhases) {
        for (const version of [0, 1, 2]) {
          const retryAttempt = attempt++;
          expect(await task(kit, TaskPhase[from], 1, { retryAttempt, phaseVersion: 1 })).toBe("accepted");
          const status = (await task(kit, TaskPhase[to], 2, { retryAttempt, phaseVersion: version })).split(" ")[0];
          const wanted = from === to && version <= 1 ? "ALREADY_EXISTS" : final.includes(from) ? "FAILED_PRECONDITION" : "accepted";
          expect([from, to, version, status]).toEqual([from, to, version, wanted]);
        }
      }
    }
    const { taskExecutions } = await kit.call("ListTaskExecutions", {
      nodeExecutionId: nodeId("e1", "n0"),
      limit: 3,
      sortBy: { key: "retry_attempt", direction: 1 },
      filters: "gte(retry_attempt,7)",
    });
    expect(taskExecutions?.map((one) => one.id?.retryAttempt)).toEqual([7, 8, 9]);
  });

  test("make a parent of nodes that the attempt launched by itself", async () => {
    const kit = await running();
    await node(kit, "n0", NodePhase.RUNNING, 1);
    await task(kit, TaskPhase.RUNNING, 1);
    expect(await node(kit, "own", NodePhase.QUEUED, 2, { parentTaskMetadata: { id: taskId() } })).toBe("accepted");
    expect(await node(kit, "other", NodePhase.QUEUED, 2, { parentTaskMetadata: { id: taskId(5) } })).toMatch(
      /^NOT_FOUND missing entity of type task execution/,
    );
    const launched = await kit.call("ListNodeExecutionsForTask", { taskExecutionId: taskId(), limit: 10 });
    expect(launched.nodeExecutions?.map((one) => one.id?.nodeId)).toEqual(["own"]);
    expect(await kit.verdict("ListNodeExecutionsForTask", { taskExecutionId: taskId(5), limit: 10 })).toMatch(/^NOT_FOUND/);
    expect(await kit.verdict("GetTaskExecution", { id: taskId(5) })).toMatch(/^NOT_FOUND missing entity of type task execution/);
  });
});

describe("a batch of events", () => {
  const nodeEvent = (execution: string, id: string, phase: number, seconds: number): ExecutionEvent => ({
    level: "node",
    event: { id: nodeId(execution, id), phase, occurredAt: at(seconds) },
  });
  const workflowEvent = (execution: string, phase: number, seconds: number): ExecutionEvent => ({
    level: "workflow",
    event: { executionId: executionId(execution), phase, occurredAt: at(seconds) },
  });

  test("tells each one's outcome; refused ones change nothing and hold up none", async () => {
    const kit = await running();
    await kit.call("CreateExecution", launchRequest("e2"));
    const outcomes = await createDirectEventSink(kit.deps).record([
      workflowEvent("e2", RUNNING, 1),
      workflowEvent("e1", RUNNING, 1),
      nodeEvent("e1", "n0", NodePhase.RUNNING, 1),
      nodeEvent("e1", "n0", NodePhase.RUNNING, 2),
      nodeEvent("nope", "n0", NodePhase.RUNNING, 2),
      { level: "node", event: { id: nodeId("e1", "n1"), phase: NodePhase.RUNNING } },
      nodeEvent("e1", "n0", NodePhase.SUCCEEDED, 3),
      workflowEvent("e1", SUCCEEDED, 4),
      workflowEvent("e1", FAILED, 5),
    ]);
    expect(outcomes.map((one) => one?.status)).toEqual([
      undefined,
      undefined,
      undefined,
      "ALREADY_EXISTS",
      "NOT_FOUND",
      "INVALID_ARGUMENT",
      undefined,
      undefined,
      "FAILED_PRECONDITION",
    ]);
    const rows = await kit.deps.state.read.watch.after(executionId("e1"), 0, 100);
    const kinds = rows.map((row) => {
      const event = flyte.watch.v1.WatchEvent.decode(row.event);
      return `${row.sequence} ${event.target} ${event.execution?.closure?.phase ?? event.nodeExecution?.closure?.phase}`;
    });
    expect(kinds).toEqual([
      "1 execution 0",
      `2 execution ${RUNNING}`,
      `3 nodeExecution ${NodePhase.RUNNING}`,
      `4 nodeExecution ${NodePhase.SUCCEEDED}`,
      `5 execution ${SUCCEEDED}`,
    ]);
    expect((await kit.deps.state.read.executions.get(executionId("e1")))?.lastSequence).toBe(5);
    expect((await kit.deps.state.read.executions.get(executionId("e2")))?.lastSequence).toBe(2);
  });

  test("sent twice records nothing the second time", async () => {
    const kit = await running();
    const batch = () => [
      workflowEvent("e1", RUNNING, 1),
      nodeEvent("e1", "n0", NodePhase.QUEUED, 1),
      nodeEvent("e1", "n0", NodePhase.RUNNING, 2),
    ];
    const sink = createDirectEventSink(kit.deps);
    await sink.record(batch());
    expect((await sink.record(batch())).map((one) => one?.status)).toEqual(["ALREADY_EXISTS", "ALREADY_EXISTS", "ALREADY_EXISTS"]);
    expect(await kit.deps.state.read.watch.after(executionId("e1"), 4, 10)).toEqual([]);
    expect(await sink.record([])).toEqual([]);
  });
});
