import Long from "long";
import { describe, expect, test } from "vitest";
import { reconcile } from "../../../src/engine/admin/executions/reconcile.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { StatusError } from "../../../src/idl/status.ts";
import type { WorkflowStore } from "../../../src/ports/workflow-store.ts";
import { openAdmin, startOfTime } from "./admin-kit.ts";
import type { AdminKit } from "./admin-kit.ts";
import {
  at,
  executionId,
  identifier,
  integer,
  launchRequest,
  nodeId,
  registerAll,
  scope,
  secondsOf,
  taskTemplate,
  text,
} from "./fixtures.ts";

const { admin, core } = flyteidl;
const { RUNNING, SUCCEEDED, FAILED } = core.WorkflowExecution.Phase;

async function launched(...names: string[]): Promise<AdminKit> {
  const kit = await openAdmin();
  await registerAll(kit);
  for (const name of names) await kit.call("CreateExecution", launchRequest(name));
  return kit;
}

const claimed = (kit: AdminKit, name: string) => kit.deps.workflows.claim(executionId(name), "test", startOfTime, startOfTime + 1000);
const mapAt = (kit: AdminKit, uri: string) =>
  core.LiteralMap.decode(kit.deps.blobs.objects.get(uri) ?? new Uint8Array([0xff])).literals ?? {};
const numberOf = (literal: flyteidl.core.Literal.$Properties | undefined) =>
  Long.fromValue(literal?.scalar?.primitive?.integer ?? -1).toNumber();

describe("an execution", () => {
  test("begins UNDEFINED, with its inputs stored as given and as resolved, and is handed to propeller", async () => {
    const kit = await launched("e1");
    const execution = await kit.call("GetExecution", { id: executionId("e1") });
    expect(execution.closure?.phase).toBe(core.WorkflowExecution.Phase.UNDEFINED);
    expect(execution.closure?.workflowId?.name).toBe("wf");
    expect(secondsOf(execution.closure?.createdAt)).toBe(0);
    expect(execution.spec?.metadata?.principal).toBe("");
    expect(execution.spec?.metadata?.mode).toBe(admin.ExecutionMetadata.ExecutionMode.MANUAL);

    const prefix = "s3://my-s3-bucket/metadata/flytesnacks/development/e1";
    expect(Object.keys(mapAt(kit, `${prefix}/user_inputs`))).toEqual(["x"]);
    const resolved = mapAt(kit, `${prefix}/inputs`);
    expect([numberOf(resolved["x"]), resolved["greeting"]?.scalar?.primitive?.stringValue]).toEqual([3, "hello"]);

    const snapshot = await claimed(kit, "e1");
    expect(snapshot?.spec.inputsUri).toBe(`${prefix}/inputs`);
    expect(snapshot?.spec.createdAt).toBe(startOfTime);
    const closure = core.CompiledWorkflowClosure.decode(snapshot?.spec.closure ?? new Uint8Array());
    expect(closure.tasks).toHaveLength(2);
    const spec = admin.ExecutionSpec.decode(snapshot?.spec.executionSpec ?? new Uint8Array());
    expect(spec.rawOutputDataConfig?.outputLocationPrefix).toBe("s3://my-s3-bucket/data");
  });

  test("without a name gets one", async () => {
    const kit = await launched();
    const { id } = await kit.call("CreateExecution", launchRequest(""));
    expect(id?.name).toMatch(/^a[bcdfghjklmnpqrstvwxz2456789]{19}$/);
    expect((await kit.call("GetExecution", { id: executionId(id?.name ?? "") })).id?.name).toBe(id?.name);
  });

  test("of a name that is taken is refused and leaves the first one's inputs alone, also at the same moment", async () => {
    const kit = await launched();
    const outcomes = await Promise.all([
      kit.verdict("CreateExecution", launchRequest("same", 1)),
      kit.verdict("CreateExecution", launchRequest("same", 2)),
    ]);
    const taken = 'ALREADY_EXISTS value with matching already exists (duplicate key value violates unique constraint "executions_pkey")';
    expect(outcomes).toEqual(["accepted", taken]);
    expect(await kit.verdict("CreateExecution", launchRequest("same", 5))).toBe(taken);
    expect(numberOf(mapAt(kit, "s3://my-s3-bucket/metadata/flytesnacks/development/same/inputs")["x"])).toBe(1);
  });

  test("takes inputs from its spec when the request has none, and does not keep them there", async () => {
    const kit = await launched();
    const request = launchRequest("old");
    if (request.spec) request.spec.inputs = { literals: { x: integer(9) } };
    request.inputs = null;
    await kit.call("CreateExecution", request);
    expect(numberOf(mapAt(kit, "s3://my-s3-bucket/metadata/flytesnacks/development/old/user_inputs")["x"])).toBe(9);
    expect((await kit.call("GetExecution", { id: executionId("old") })).spec?.inputs).toBeNull();
  });

  type Spoil = (request: flyteidl.admin.ExecutionCreateRequest.$Properties) => void;
  test.for<[string, Spoil, string]>([
    ["no project", (request) => (request.project = ""), "missing project"],
    ["no domain", (request) => (request.domain = ""), "missing domain"],
    ["a name of digits", (request) => (request.name = "12345"), "invalid name format: 12345, does not match regex '^[a-z][a-z\\-0-9]*$'"],
    [
      "a long name",
      (request) => (request.name = "a".repeat(64)),
      `name for ExecutionCreateRequest [${"a".repeat(64)}] exceeded allowed length 63`,
    ],
    ["an unknown domain", (request) => (request.domain = "moon"), "domain [moon] is unrecognized by system"],
    ["no spec", (request) => (request.spec = null), "missing spec"],
    ["no launch plan", (request) => (request.spec = {}), "missing launch_plan"],
    [
      "a launch plan without version",
      (request) => (request.spec = { launchPlan: { ...identifier("LAUNCH_PLAN", "wf"), version: "" } }),
      "missing version",
    ],
    [
      "a workflow to launch",
      (request) => (request.spec = { launchPlan: identifier("WORKFLOW", "wf") }),
      "Invalid reference entity resource type [WORKFLOW], only [LAUNCH_PLAN, TASK] allowed",
    ],
    ["an input without a name", (request) => (request.inputs = { literals: { "": integer(1) } }), "missing key in inputs"],
    ["an input without a value", (request) => (request.inputs = { literals: { x: {} } }), "missing valid literal in inputs x"],
    [
      "a time after year 9999",
      (request) =>
        (request.inputs = { literals: { x: { scalar: { primitive: { datetime: { seconds: Long.fromNumber(253_402_300_800) } } } } } }),
      "invalid value for datetime in inputs x",
    ],
    [
      "an unknown input",
      (request) => (request.inputs = { literals: { x: integer(1), "foo-extra": integer(1) } }),
      "invalid input foo-extra",
    ],
    ["a required input missing", (request) => (request.inputs = { literals: {} }), "expected_inputs x missing"],
    [
      "an input of another type",
      (request) => (request.inputs = { literals: { x: text("3") } }),
      "invalid x input wrong type. Expected simple:INTEGER, but got simple:STRING",
    ],
    [
      "a notification of a phase that is no end",
      (request) => {
        if (request.spec) {
          request.spec.disableAll = null;
          request.spec.notifications = { notifications: [{ phases: [RUNNING], slack: { recipientsEmail: ["a@b.c"] } }] };
        }
      },
      "invalid value for phase",
    ],
  ])("with %s is refused", async ([, spoil, message]) => {
    const kit = await launched();
    const request = launchRequest("bad");
    spoil(request);
    expect(await kit.verdict("CreateExecution", request)).toBe(`INVALID_ARGUMENT ${message}`);
    expect(await kit.verdict("GetExecution", { id: executionId("bad") })).toMatch(/^NOT_FOUND/);
  });

  test("cannot override what its plan fixes", async () => {
    const kit = await launched();
    const spec = { workflowId: identifier("WORKFLOW", "wf"), fixedInputs: { literals: { greeting: text("ciao") } } };
    await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "fixed"), spec });
    const request = (literals: Record<string, ReturnType<typeof text>>) => ({
      ...scope,
      name: "fixed",
      spec: { launchPlan: identifier("LAUNCH_PLAN", "fixed") },
      inputs: { literals },
    });
    expect(await kit.verdict("CreateExecution", request({ x: integer(1), greeting: text("no") }))).toBe(
      "INVALID_ARGUMENT invalid input greeting",
    );
    await kit.call("CreateExecution", request({ x: integer(1) }));
    const resolved = mapAt(kit, "s3://my-s3-bucket/metadata/flytesnacks/development/fixed/inputs");
    expect(resolved["greeting"]?.scalar?.primitive?.stringValue).toBe("ciao");
  });

  test("of a plan or task that is not there is NOT_FOUND", async () => {
    const kit = await launched();
    const request = (type: "LAUNCH_PLAN" | "TASK") => ({ ...scope, name: "none", spec: { launchPlan: identifier(type, "nope") } });
    expect(await kit.verdict("CreateExecution", request("LAUNCH_PLAN"))).toMatch(
      /^NOT_FOUND missing entity of type LAUNCH_PLAN with identifier/,
    );
    expect(await kit.verdict("CreateExecution", request("TASK"))).toMatch(/^NOT_FOUND missing entity of type TASK with identifier/);
  });

  test("of a single task runs a workflow made for it, once for each version", async () => {
    const kit = await launched();
    const launch = (name: string, task: string) =>
      kit.call("CreateExecution", {
        ...scope,
        name,
        spec: { launchPlan: identifier("TASK", task) },
        inputs: { literals: { x: integer(4) } },
      });
    const template = taskTemplate("my_pkg.work-flow.double");
    template.metadata = { runtime: { version: "1" } };
    await kit.call("CreateTask", { id: identifier("TASK", "my_pkg.work-flow.double"), spec: { template } });
    await launch("t1", "my_pkg.work-flow.double");
    await launch("t2", "my_pkg.work-flow.double");
    await launch("t3", "double");

    const workflow = await kit.call("GetWorkflow", { id: identifier("WORKFLOW", ".flytegen.my_pkg.work-flow.double") });
    const node = workflow.closure?.compiledWorkflow?.primary?.template?.nodes?.find((one) => one.taskNode != null);
    expect([node?.id, node?.metadata?.retries?.retries]).toEqual(["mypkgwork-flowdouble", 3]);
    const given = await kit.call("GetWorkflow", { id: identifier("WORKFLOW", ".flytegen.double") });
    const givenNode = given.closure?.compiledWorkflow?.primary?.template?.nodes?.find((one) => one.taskNode != null);
    expect(givenNode?.metadata?.retries?.retries).toBe(0);

    const execution = await kit.call("GetExecution", { id: executionId("t1") });
    expect(execution.spec?.launchPlan?.resourceType).toBe(core.ResourceType.TASK);
    expect(execution.closure?.workflowId?.name).toBe(".flytegen.my_pkg.work-flow.double");
    const snapshot = await claimed(kit, "t1");
    expect(core.CompiledWorkflowClosure.decode(snapshot?.spec.closure ?? new Uint8Array()).tasks?.[0]?.template?.id?.name).toBe(
      "my_pkg.work-flow.double",
    );
    const byEntity = async (entity: string) =>
      (await kit.call("ListExecutions", { id: { ...scope }, limit: 10, filters: `eq(launch_entity,${entity})` })).executions?.map(
        (one) => one.id?.name,
      );
    expect(await byEntity("task")).toEqual(["t1", "t2", "t3"]);
    expect(await byEntity("launch_plan")).toEqual([]);
  });

  test("runs with its own settings before its plan's before the engine's, field by field", async () => {
    const kit = await openAdmin({ maxParallelism: 25 });
    await registerAll(kit);
    await kit.call("UpdateProject", { id: "flytesnacks", labels: { values: { team: "core", stage: "project" } } });
    const spec: flyteidl.admin.LaunchPlanSpec.$Properties = {
      workflowId: identifier("WORKFLOW", "wf"),
      fixedInputs: { literals: { greeting: text("hi") } },
      maxParallelism: 7,
      labels: { values: { stage: "plan", plan: "1" } },
      annotations: { values: { note: "plan" } },
      envs: { values: [{ key: "A", value: "plan" }] },
      interruptible: { value: true },
      overwriteCache: true,
      rawOutputDataConfig: { outputLocationPrefix: "s3://plan" },
      authRole: { kubernetesServiceAccount: "plan-account" },
    };
    await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "rich"), spec });
    const merged = async (name: string, own: flyteidl.admin.ExecutionSpec.$Properties) => {
      await kit.call("CreateExecution", { ...scope, name, spec: own, inputs: { literals: { x: integer(1) } } });
      return admin.ExecutionSpec.decode((await claimed(kit, name))?.spec.executionSpec ?? new Uint8Array());
    };
    const ofPlan = await merged("plan", { launchPlan: identifier("LAUNCH_PLAN", "rich") });
    expect(ofPlan.maxParallelism).toBe(7);
    expect(ofPlan.labels?.values).toEqual({ team: "core", stage: "plan", plan: "1" });
    expect(ofPlan.annotations?.values).toEqual({ note: "plan" });
    expect(ofPlan.envs?.values).toMatchObject([{ key: "A", value: "plan" }]);
    expect([ofPlan.interruptible?.value, ofPlan.overwriteCache]).toEqual([true, true]);
    expect(ofPlan.rawOutputDataConfig?.outputLocationPrefix).toBe("s3://plan");
    expect(ofPlan.securityContext?.runAs?.k8sServiceAccount).toBe("plan-account");

    const own = await merged("own", {
      launchPlan: identifier("LAUNCH_PLAN", "rich"),
      maxParallelism: 2,
      labels: { values: { mine: "1" } },
      interruptible: { value: false },
      envs: { values: [{ key: "B", value: "own" }] },
      rawOutputDataConfig: { outputLocationPrefix: "s3://own" },
      securityContext: { runAs: { iamRole: "own-role" } },
    });
    expect(own.maxParallelism).toBe(2);
    expect(own.labels?.values).toEqual({ team: "core", stage: "project", mine: "1" });
    expect(own.envs?.values?.map((one) => one.key)).toEqual(["B"]);
    // Unset in a message is its default to a reader: explicitly false is a wrapper that is there.
    expect([own.interruptible != null, own.interruptible?.value ?? false, own.overwriteCache]).toEqual([true, false, true]);
    expect(own.rawOutputDataConfig?.outputLocationPrefix).toBe("s3://own");
    expect([own.securityContext?.runAs?.iamRole, own.securityContext?.runAs?.k8sServiceAccount]).toEqual(["own-role", ""]);

    const bare = await merged("bare", { launchPlan: identifier("LAUNCH_PLAN", "wf") });
    expect([bare.maxParallelism, bare.interruptible, bare.overwriteCache]).toEqual([25, null, false]);
    const shown = await kit.call("GetExecution", { id: executionId("plan") });
    // What an execution runs with is shown where Flyte shows it: its identity, and how many nodes at a time.
    expect(shown.spec?.maxParallelism).toBe(7);
    expect(shown.spec?.securityContext?.runAs?.k8sServiceAccount).toBe("plan-account");
    expect(shown.spec?.labels?.values ?? {}).toEqual({});
  });

  test("that a node launched is nested below it", async () => {
    const kit = await launched("parent");
    const parentNodeExecution = nodeId("parent", "n0");
    const request = (name: string) => ({
      ...launchRequest(name),
      spec: { ...launchRequest(name).spec, metadata: { mode: 4, parentNodeExecution } },
    });
    expect(await kit.verdict("CreateExecution", request("child"))).toMatch(/^NOT_FOUND missing entity of type node execution/);
    await kit.call("CreateNodeEvent", { event: { id: parentNodeExecution, phase: core.NodeExecution.Phase.RUNNING, occurredAt: at(1) } });
    await kit.call("CreateExecution", request("child"));
    const child = await kit.call("GetExecution", { id: executionId("child") });
    expect([child.spec?.metadata?.nesting, child.spec?.metadata?.mode]).toEqual([1, 4]);
    const { executions } = await kit.call("ListExecutions", { id: { ...scope }, limit: 10, filters: "eq(mode,4)" });
    expect(executions?.map((one) => one.id?.name)).toEqual(["child"]);
  });
});

describe("relaunching", () => {
  test("repeats a launch with the user's inputs under another name", async () => {
    const kit = await launched("first");
    const { id } = await kit.call("RelaunchExecution", { id: executionId("first"), overwriteCache: true });
    const again = await kit.call("GetExecution", { id: executionId(id?.name ?? "") });
    expect([again.spec?.metadata?.mode, again.spec?.metadata?.referenceExecution?.name, again.spec?.overwriteCache]).toEqual([
      admin.ExecutionMetadata.ExecutionMode.RELAUNCH,
      "first",
      true,
    ]);
    expect(numberOf(mapAt(kit, `s3://my-s3-bucket/metadata/flytesnacks/development/${id?.name}/user_inputs`)["x"])).toBe(3);
    await kit.call("RelaunchExecution", { id: executionId("first"), name: "named" });
    expect(await kit.verdict("RelaunchExecution", { id: executionId("first"), name: "named" })).toMatch(/^ALREADY_EXISTS/);
    expect(await kit.verdict("RelaunchExecution", { id: executionId("nope") })).toMatch(/^NOT_FOUND missing entity of type execution/);
  });
});

describe("recovering", () => {
  const { RECOVERED, CHILD_WORKFLOW } = admin.ExecutionMetadata.ExecutionMode;

  test.each(["before it has begun", "when it has failed"])(
    "launches what ran with the user's inputs under another name, %s",
    async (when) => {
      const kit = await launched("first");
      if (when === "when it has failed") {
        for (const phase of [RUNNING, FAILED])
          await kit.call("CreateWorkflowEvent", { event: { executionId: executionId("first"), phase, occurredAt: at(1) } });
      }
      const { id } = await kit.call("RecoverExecution", { id: executionId("first"), name: "again" });
      expect(id).toMatchObject(executionId("again"));
      const source = await kit.call("GetExecution", { id: executionId("first") });
      const again = await kit.call("GetExecution", { id: executionId("again") });
      expect(again.spec?.metadata).toMatchObject({ mode: RECOVERED, referenceExecution: executionId("first") });
      expect(again.spec?.launchPlan).toEqual(source.spec?.launchPlan);
      expect(numberOf(mapAt(kit, "s3://my-s3-bucket/metadata/flytesnacks/development/again/user_inputs")["x"])).toBe(3);
      const row = await kit.deps.state.read.executions.get(executionId("first"));
      const ofSource = await kit.call("ListExecutions", { id: { ...scope }, limit: 10, filters: `eq(source_execution_id,${row?.key})` });
      expect(ofSource.executions?.map((one) => one.id?.name)).toEqual(["again"]);
      // It gets a name when it is given none, and may be recovered itself.
      const unnamed = await kit.call("RecoverExecution", { id: executionId("again") });
      expect(unnamed.id?.name).toMatch(/^a[a-z0-9]{19}$/);
      const last = await kit.call("GetExecution", { id: { ...scope, name: unnamed.id?.name ?? "" } });
      expect(last.spec?.metadata?.referenceExecution).toMatchObject(executionId("again"));
    },
  );

  test("is refused for executions that are not there, names that are taken or malformed, and parents nobody knows", async () => {
    const kit = await launched("first");
    const refused = (request: flyteidl.admin.ExecutionRecoverRequest.$Properties) => kit.verdict("RecoverExecution", request);
    expect(await refused({ id: executionId("nope") })).toMatch(/^NOT_FOUND missing entity of type execution/);
    expect(await refused({})).toMatch(/^INVALID_ARGUMENT missing/);
    expect(await refused({ id: executionId("first"), name: "first" })).toMatch(/^ALREADY_EXISTS/);
    expect(await refused({ id: executionId("first"), name: "1st" })).toMatch(/^INVALID_ARGUMENT invalid name format: 1st/);
    const metadata = { parentNodeExecution: { executionId: executionId("first"), nodeId: "n7" } };
    expect(await refused({ id: executionId("first"), metadata })).toMatch(/^NOT_FOUND missing entity of type node execution/);
  });

  test("gives a child the parent that is named", async () => {
    const kit = await launched("first");
    const node = (execution: string) => ({ executionId: executionId(execution), nodeId: "n0" });
    await kit.call("CreateExecution", launchRequest("second"));
    for (const name of ["first", "second"]) {
      await kit.call("CreateWorkflowEvent", { event: { executionId: executionId(name), phase: RUNNING, occurredAt: at(1) } });
      await kit.call("CreateNodeEvent", { event: { id: node(name), phase: core.NodeExecution.Phase.RUNNING, occurredAt: at(1) } });
    }
    const request = launchRequest("child");
    const spec = { ...request.spec, metadata: { mode: CHILD_WORKFLOW, parentNodeExecution: node("first") } };
    await kit.call("CreateExecution", { ...request, spec });
    await kit.call("RecoverExecution", { id: executionId("child"), name: "again", metadata: { parentNodeExecution: node("second") } });
    const again = await kit.call("GetExecution", { id: executionId("again") });
    expect(again.spec?.metadata).toMatchObject({
      mode: RECOVERED,
      nesting: 1,
      parentNodeExecution: node("second"),
      referenceExecution: executionId("child"),
    });
  });
});

describe("terminating", () => {
  test("stores ABORTING with the cause, asks propeller, and keeps both once it is ABORTED", async () => {
    const kit = await launched("e1");
    await kit.call("TerminateExecution", { id: executionId("e1"), cause: "bye" });
    await kit.call("TerminateExecution", { id: executionId("e1"), cause: "later" });
    const aborting = await kit.call("GetExecution", { id: executionId("e1") });
    expect([aborting.closure?.phase, aborting.closure?.abortMetadata?.cause]).toEqual([core.WorkflowExecution.Phase.ABORTING, "bye"]);
    expect((await claimed(kit, "e1"))?.termination).toBe("bye");
    const error = { code: "Aborted", message: "by propeller" };
    await kit.call("CreateWorkflowEvent", {
      event: { executionId: executionId("e1"), phase: core.WorkflowExecution.Phase.ABORTED, occurredAt: at(2), error },
    });
    const aborted = await kit.call("GetExecution", { id: executionId("e1") });
    expect([aborted.closure?.phase, aborted.closure?.abortMetadata?.cause, aborted.closure?.error]).toEqual([
      core.WorkflowExecution.Phase.ABORTED,
      "bye",
      null,
    ]);

    const refusal = await kit.refusal("TerminateExecution", { id: executionId("e1"), cause: "again" });
    expect([refusal.status, refusal.message]).toEqual(["FAILED_PRECONDITION", "Cannot abort an already terminated workflow execution"]);
    const reason = admin.EventFailureReason.decode(refusal.details[0]?.value ?? new Uint8Array());
    expect(reason.alreadyInTerminalState?.currentPhase).toBe("ABORTED");
    expect(await kit.verdict("TerminateExecution", { id: executionId("nope") })).toBe(
      'NOT_FOUND missing entity of type execution with identifier project:"flytesnacks" domain:"development" name:"nope"',
    );
  });

  test("reaches propeller also without a cause", async () => {
    const kit = await launched("e1");
    await kit.call("TerminateExecution", { id: executionId("e1") });
    expect((await claimed(kit, "e1"))?.termination).toBe("aborted");
    expect((await kit.call("GetExecution", { id: executionId("e1") })).closure?.abortMetadata?.cause).toBe("");
  });
});

describe("lists of executions", () => {
  const names = async (kit: AdminKit, request: flyteidl.admin.ResourceListRequest.$Properties) =>
    (await kit.call("ListExecutions", { id: { ...scope }, limit: 10, ...request })).executions?.map((one) => one.id?.name);

  test("by labels and by tags, as eager tasks ask for what they left", async () => {
    const kit = await launched();
    for (const [name, value] of [
      ["e1", "mine"],
      ["e2", "other"],
    ] as const) {
      const request = launchRequest(name, 1);
      await kit.call("CreateExecution", {
        ...request,
        spec: { ...request.spec, labels: { values: { "eager-exec": value } }, tags: ["red"] },
      });
    }
    const key = "value_in(execution_tag.key,eager-exec)";
    expect(await names(kit, { filters: `${key}+value_in(execution_tag.value,mine)+value_in(phase,UNDEFINED;QUEUED;RUNNING)` })).toEqual([
      "e1",
    ]);
    expect(await names(kit, { filters: `${key}+value_in(execution_tag.value,red)` })).toEqual([]);
    expect(await names(kit, { filters: "eq(execution_tag.key,red)" })).toEqual(["e1", "e2"]);
    const refusal = await kit.refusal("ListExecutions", { id: { ...scope }, limit: 10, filters: "eq(execution_tag.colour,red)" });
    expect([refusal.status, refusal.message]).toEqual(["INVALID_ARGUMENT", "'et.colour' is invalid filter"]);
  });

  test.for([
    ["an empty tag", "", "INVALID_ARGUMENT invalid value for tags"],
    ["a tag as long as a column", "x".repeat(255), "accepted"],
    ["a tag longer than a column", "x".repeat(256), "INVALID_ARGUMENT invalid value for tags"],
    ["a tag that Postgres cannot keep", "nul\0", "INVALID_ARGUMENT invalid value for tags"],
  ] as const)("by tags need tags that a column can hold: %s", async ([, tag, verdict]) => {
    const kit = await launched();
    const request = launchRequest("e1", 1);
    expect(await kit.verdict("CreateExecution", { ...request, spec: { ...request.spec, tags: [tag] } })).toBe(verdict);
  });

  test("hide archived ones, unless a filter asks by state", async () => {
    const kit = await launched("e1", "e2");
    kit.deps.clock.advance(3000);
    await kit.call("UpdateExecution", { id: executionId("e1"), state: admin.ExecutionState.EXECUTION_ARCHIVED });
    expect(await names(kit, {})).toEqual(["e2"]);
    expect(await names(kit, { filters: "eq(state,1)" })).toEqual(["e1"]);
    expect(await names(kit, { filters: "value_in(state,0;1)", sortBy: { key: "execution_name", direction: 1 } })).toEqual(["e1", "e2"]);
    const archived = await kit.call("GetExecution", { id: executionId("e1") });
    expect([archived.closure?.stateChangeDetails?.state, secondsOf(archived.closure?.stateChangeDetails?.occurredAt)]).toEqual([1, 3]);
    await kit.call("UpdateExecution", { id: executionId("e1") });
    expect(await names(kit, { filters: "eq(name,e1)" })).toEqual(["e1"]);
    expect(await kit.verdict("UpdateExecution", { id: executionId("nope") })).toMatch(/^NOT_FOUND/);
    expect(await kit.verdict("UpdateExecution", { id: executionId("e1"), state: 9 as never })).toBe(
      "INVALID_ARGUMENT invalid value for state",
    );
  });

  test("are filtered by phase, time, workflow and duration, and trim long errors", async () => {
    const kit = await launched("e1", "e2", "e3");
    const event = (name: string, phase: number, seconds: number, more: flyteidl.event.WorkflowExecutionEvent.$Properties = {}) =>
      kit.call("CreateWorkflowEvent", { event: { executionId: executionId(name), phase, occurredAt: at(seconds), ...more } });
    await event("e1", RUNNING, 1);
    await event("e1", SUCCEEDED, 61.5);
    await event("e2", RUNNING, 2);
    const message = `${"ü".repeat(49)}xyz and more`;
    await event("e2", FAILED, 3, { error: { code: "USER:Oops", message, kind: core.ExecutionError.ErrorKind.USER } });
    expect(await names(kit, { filters: "value_in(phase,SUCCEEDED;FAILED)" })).toEqual(["e1", "e2"]);
    expect(await names(kit, { filters: "gt(duration,60)" })).toEqual(["e1"]);
    expect(await names(kit, { filters: "eq(error_code,USER:Oops)+eq(error_kind,USER)" })).toEqual(["e2"]);
    expect(await names(kit, { filters: "eq(workflow.name,wf)", sortBy: { key: "started_at" } })).toEqual(["e3", "e2", "e1"]);
    expect(await names(kit, { filters: "eq(workflow.name,other)" })).toEqual([]);
    expect(await names(kit, { filters: "gte(started_at,2024-02-29T12:00:02Z)" })).toEqual(["e2"]);

    const listed = await kit.call("ListExecutions", { id: { ...scope, name: "e2" }, limit: 1 });
    expect(listed.token).toBe("1");
    const shown = listed.executions?.[0]?.closure?.error?.message ?? "";
    expect([shown, Buffer.byteLength(shown)]).toEqual([`${"ü".repeat(49)}xy`, 100]);
    expect((await kit.call("GetExecution", { id: executionId("e2") })).closure?.error?.message).toBe(message);
  });
});

describe("after a crash", () => {
  function failing(kit: Pick<AdminKit, "deps">["deps"]["workflows"], create: () => Promise<boolean>): WorkflowStore {
    return { ...kit, create };
  }

  test("executions that propeller was never given are given to it, and terminations sent again", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    await kit.call("CreateExecution", launchRequest("fine"));
    const lost = { ...kit.deps, workflows: failing(kit.deps.workflows, () => Promise.reject(new Error("killed"))) };
    for (const name of ["lost", "unwanted"]) {
      const { createExecution } = await import("../../../src/engine/admin/executions/create-execution.ts");
      const request = launchRequest(name);
      const context = {
        principal: { subject: "anonymous", anonymous: true },
        method: "CreateExecution",
        requestBytes: admin.ExecutionCreateRequest.encode(request).finish(),
        requestId: "r",
        signal: new AbortController().signal,
      };
      await expect(createExecution(lost, request, context)).rejects.toThrow("killed");
    }
    expect(await claimed(kit, "lost")).toBeUndefined();
    await kit.call("TerminateExecution", { id: executionId("unwanted"), cause: "no more" });

    expect(await reconcile(kit.deps)).toEqual({ created: 1, terminated: 1, failed: 0 });
    const snapshot = await claimed(kit, "lost");
    expect(snapshot?.spec.createdAt).toBe(startOfTime);
    expect(snapshot?.spec.inputsUri).toBe("s3://my-s3-bucket/metadata/flytesnacks/development/lost/inputs");
    expect((await claimed(kit, "unwanted"))?.termination).toBe("no more");
    expect(await reconcile(kit.deps)).toEqual({ created: 0, terminated: 1, failed: 0 });
  });

  test("a caller that tries again brings its execution to propeller", async () => {
    let broken = true;
    const kit = await openAdmin();
    await registerAll(kit);
    const flaky = failing(kit.deps.workflows, async () => {
      if (broken) throw new StatusError("UNAVAILABLE", "later");
      return true;
    });
    const given: string[] = [];
    Object.assign(kit.deps, {
      workflows: {
        ...flaky,
        create: async (spec: Parameters<WorkflowStore["create"]>[0]) => {
          const created = await flaky.create(spec);
          given.push(spec.id.name);
          return created;
        },
      },
    });
    expect(await kit.verdict("CreateExecution", launchRequest("again"))).toBe("UNAVAILABLE later");
    broken = false;
    expect(await kit.verdict("CreateExecution", launchRequest("again"))).toMatch(/^ALREADY_EXISTS/);
    expect(given).toEqual(["again"]);
  });

  test("what propeller will never take is recorded as failed, and the call succeeds", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    Object.assign(kit.deps, {
      workflows: failing(kit.deps.workflows, () => Promise.reject(new StatusError("FAILED_PRECONDITION", "too large"))),
    });
    await kit.call("CreateExecution", launchRequest("big"));
    const { closure } = await kit.call("GetExecution", { id: executionId("big") });
    expect([closure?.phase, closure?.error?.code, closure?.error?.message, closure?.error?.kind]).toEqual([
      FAILED,
      "FailedPrecondition",
      "too large",
      core.ExecutionError.ErrorKind.SYSTEM,
    ]);
  });

  test("what propeller will never take of a single task is an error, and nothing is left of it", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const { workflows } = kit.deps;
    Object.assign(kit.deps, {
      workflows: failing(workflows, () => Promise.reject(new StatusError("FAILED_PRECONDITION", "too large"))),
    });
    const request = {
      ...scope,
      name: "big",
      spec: { launchPlan: identifier("TASK", "double") },
      inputs: { literals: { x: integer(4) } },
    };
    expect(await kit.verdict("CreateExecution", request)).toBe("FAILED_PRECONDITION too large");
    expect(await kit.verdict("GetExecution", { id: executionId("big") })).toMatch(/^NOT_FOUND/);
    expect((await kit.call("ListExecutions", { id: { ...scope }, limit: 10 })).executions).toEqual([]);
    // Its name is free again, also for who watches.
    Object.assign(kit.deps, { workflows });
    expect(await kit.verdict("CreateExecution", request)).toBe("accepted");
    expect((await kit.deps.state.read.watch.after(executionId("big"), 0, 10)).map(({ sequence }) => sequence)).toEqual([1]);
  });

  test("a full disk fails no execution: it is handed over once there is space", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const { workflows } = kit.deps;
    Object.assign(kit.deps, {
      workflows: failing(workflows, () => Promise.reject(new StatusError("RESOURCE_EXHAUSTED", "the disk is full"))),
    });
    expect(await kit.verdict("CreateExecution", launchRequest("e1"))).toBe("RESOURCE_EXHAUSTED the disk is full");
    Object.assign(kit.deps, { workflows });
    expect(await reconcile(kit.deps)).toMatchObject({ created: 1, failed: 0 });
    expect((await kit.call("GetExecution", { id: executionId("e1") })).closure?.phase).toBe(0);
  });

  test("what is made for a single task is marked as such even when the making breaks off, and keeps what people wrote", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const request = { ...scope, name: "t1", spec: { launchPlan: identifier("TASK", "double") }, inputs: { literals: { x: integer(4) } } };
    const { state } = kit.deps;
    let writes = 0;
    // The workflow is registered and the launch plan is not.
    const broken: typeof state = {
      ...state,
      write: (work) =>
        state.write((writer) => {
          const launchPlans = { ...writer.launchPlans, insert: () => Promise.reject(new StatusError("UNAVAILABLE", "away")) };
          writes++;
          return work({ ...writer, launchPlans });
        }),
    };
    Object.assign(kit.deps, { state: broken });
    expect(await kit.verdict("CreateExecution", request)).toBe("UNAVAILABLE away");
    expect(writes).toBeGreaterThan(1);
    Object.assign(kit.deps, { state });
    const entity = { project: "flytesnacks", domain: "development", name: ".flytegen.double" };
    const metadata = async (resourceType: number) => (await kit.call("GetNamedEntity", { resourceType, id: entity })).metadata;
    const { WORKFLOW, LAUNCH_PLAN } = core.ResourceType;
    expect((await metadata(WORKFLOW))?.state).toBe(admin.NamedEntityState.SYSTEM_GENERATED);
    const described = { description: "ours", state: admin.NamedEntityState.SYSTEM_GENERATED };
    await kit.call("UpdateNamedEntity", { resourceType: WORKFLOW, id: entity, metadata: described });
    expect(await kit.verdict("CreateExecution", request)).toBe("accepted");
    expect(await metadata(WORKFLOW)).toMatchObject(described);
    expect((await metadata(LAUNCH_PLAN))?.state).toBe(admin.NamedEntityState.SYSTEM_GENERATED);
  });
});
