import { expect, onTestFinished, test } from "vitest";
import { createAdminService } from "../../../src/engine/admin/admin-service.ts";
import { createDirectChildExecutions } from "../../../src/engine/admin/executions/direct-child-executions.ts";
import type { TaskScript } from "../../support/scripted-plugin.ts";
import { openEngine, reaches, type Engine } from "./admin-and-propeller.ts";
import {
  entity,
  executionId,
  identifier,
  integer,
  launchPlanSpec,
  launchRequest,
  nodeId,
  registerAll,
  scope,
  workflowTemplate,
} from "../admin/fixtures.ts";
import { nodePhaseOf } from "../../../src/idl/phases.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { openAdmin, type AdminKit } from "../admin/admin-kit.ts";
import { openLinks } from "../../../src/links/open-links.ts";
import { openRemote } from "../datacatalog/open-catalog.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import { toNumber } from "../../../src/idl/time.ts";

/** `wf` doubles and increments; `outer` launches it; `outermost` launches that one. */
async function register(kit: AdminKit): Promise<void> {
  await registerAll(kit);
  for (const [name, inner] of [
    ["outer", "wf"],
    ["outermost", "outer"],
  ] as const) {
    const template = workflowTemplate(name, ["double"]);
    const node = template.nodes?.[0];
    if (!node) throw new Error("no node");
    node.taskNode = null;
    node.workflowNode = { launchplanRef: identifier("LAUNCH_PLAN", inner) };
    await kit.call("CreateWorkflow", { id: identifier("WORKFLOW", name), spec: { template } });
    await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", name), spec: launchPlanSpec(name) });
  }
}

async function open(reach: Parameters<typeof openEngine>[0], script: TaskScript = {}): Promise<Engine> {
  const engine = await openEngine(reach, script);
  await register(engine.kit);
  return engine;
}

const request = (name: string, plan: string, spec: flyteidl.admin.ExecutionSpec.$Properties = {}) => {
  const base = launchRequest(name, 5);
  return { ...base, spec: { ...base.spec, launchPlan: identifier("LAUNCH_PLAN", plan), ...spec } };
};

test.each(reaches)("children of children run, and each wakes the one it belongs to: %s", async (reach) => {
  const engine = await open(reach, { steps: {} });
  const { kit } = engine;
  const labels = { values: { team: "a" } };
  await kit.call("CreateExecution", request("top", "outermost", { labels, maxParallelism: 3, interruptible: { value: true } }));
  await engine.propeller.idle();
  const names = (await kit.call("ListExecutions", { id: scope, limit: 10 })).executions?.map(({ id }) => id?.name ?? "") ?? [];
  expect(names.toSorted()).toEqual(["top", "top-n0-0", "top-n0-0-n0-0"].toSorted());
  for (let turn = 0; turn < 8; turn++) await engine.step("top-n0-0-n0-0");
  for (const name of names) expect([name, await engine.phase(name)]).toEqual([name, "SUCCEEDED"]);
  // 5, doubled by each of two tasks.
  for (const name of names) {
    const { fullOutputs } = await kit.call("GetExecutionData", { id: executionId(name) });
    expect(toNumber(fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer)).toBe(20);
  }
  const child = await engine.execution("top-n0-0");
  const innermost = await engine.execution("top-n0-0-n0-0");
  const { CHILD_WORKFLOW } = flyteidl.admin.ExecutionMetadata.ExecutionMode;
  expect(child.spec).toMatchObject({
    labels,
    maxParallelism: 3,
    interruptible: { value: true },
    launchPlan: entity("outer"),
    metadata: { mode: CHILD_WORKFLOW, nesting: 1, parentNodeExecution: nodeId("top", "n0") },
  });
  expect(innermost.spec?.metadata).toMatchObject({ mode: CHILD_WORKFLOW, nesting: 2, parentNodeExecution: nodeId("top-n0-0", "n0") });
  const node = await kit.call("GetNodeExecution", { id: nodeId("top", "n0") });
  expect(node.closure).toMatchObject({ workflowNodeMetadata: { executionId: executionId("top-n0-0") } });
  expect(node.metadata?.isParentNode).toBe(false);
  // As admin's tables have it: the key of the node's row.
  const row = await kit.deps.state.read.nodeExecutions.get({ execution: executionId("top"), nodeId: "n0" });
  const filters = `eq(parent_node_execution_id,${row?.key})`;
  const listed = await kit.call("ListExecutions", { id: scope, limit: 10, filters });
  expect(listed.executions?.map(({ id }) => id?.name)).toEqual(["top-n0-0"]);
  const top = await kit.deps.state.read.executions.get(executionId("top"));
  const ofSource = await kit.call("ListExecutions", { id: scope, limit: 10, filters: `eq(source_execution_id,${top?.key})` });
  expect(ofSource.executions?.map(({ id }) => id?.name)).toEqual(["top-n0-0"]);
});

/** `many` launches `wf` for each element of its input. */
async function registerArray(kit: AdminKit): Promise<void> {
  const template = workflowTemplate("many", ["double"]);
  const integers = { collectionType: { simple: flyteidl.core.SimpleType.INTEGER } };
  template.interface = { inputs: { variables: { x: { type: integers } } }, outputs: { variables: { o0: { type: integers } } } };
  const [node] = template.nodes ?? [];
  if (!node) throw new Error("no node");
  node.taskNode = null;
  const { FULL_STATE } = flyteidl.core.ArrayNode.ExecutionMode;
  node.arrayNode = {
    node: { id: "element", inputs: node.inputs ?? null, workflowNode: { launchplanRef: identifier("LAUNCH_PLAN", "wf") } },
    isOriginalSubNodeInterface: { value: true },
    executionMode: FULL_STATE,
  };
  await kit.call("CreateWorkflow", { id: identifier("WORKFLOW", "many"), spec: { template } });
  await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "many"), spec: { workflowId: identifier("WORKFLOW", "many") } });
}

const literals = (...values: number[]): flyteidl.core.Literal.$Properties => ({ collection: { literals: values.map(integer) } });

test.each(reaches)("children of an array's elements run, and each wakes the one it belongs to: %s", async (reach) => {
  const engine = await open(reach, { steps: {} });
  const { kit } = engine;
  await registerArray(kit);
  await kit.call("CreateExecution", { ...request("top", "many"), inputs: { literals: { x: literals(3, 4) } } });
  await engine.propeller.idle();
  const child = async (index: number) => {
    const node = await kit.call("GetNodeExecution", { id: nodeId("top", `n0-0-n${index}`) });
    return node.closure?.workflowNodeMetadata?.executionId?.name ?? "";
  };
  const children = [await child(0), await child(1)];
  for (const name of children.toReversed()) for (let turn = 0; turn < 8; turn++) await engine.step(name);
  expect(await engine.phase("top")).toBe("SUCCEEDED");
  const { fullOutputs } = await kit.call("GetExecutionData", { id: executionId("top") });
  expect(fullOutputs?.literals?.["o0"]?.collection?.literals?.map(({ scalar }) => toNumber(scalar?.primitive?.integer))).toEqual([12, 16]);
  const { CHILD_WORKFLOW } = flyteidl.admin.ExecutionMetadata.ExecutionMode;
  expect((await engine.execution(children[1] ?? "")).spec?.metadata).toMatchObject({
    mode: CHILD_WORKFLOW,
    nesting: 1,
    parentNodeExecution: nodeId("top", "n0-0-n1"),
  });
  const below = await kit.call("ListNodeExecutions", { workflowExecutionId: executionId("top"), limit: 10, uniqueParentId: "n0" });
  expect(new Set(below.nodeExecutions?.map(({ id }) => id?.nodeId))).toEqual(new Set(["n0-0-n0", "n0-0-n1"]));
  const { nodeExecutions: top } = await kit.call("ListNodeExecutions", { workflowExecutionId: executionId("top"), limit: 10 });
  expect(top?.find(({ id }) => id?.nodeId === "n0")?.metadata).toMatchObject({ isArray: true, isParentNode: false });
  expect(top).toHaveLength(3);
});

test.each(reaches)("a failure at the bottom is that of all around it: %s", async (reach) => {
  const engine = await open(reach, { steps: { n0: [["RUNNING", "PERMANENT_FAILURE"]] } });
  await engine.kit.call("CreateExecution", request("top", "outermost"));
  await engine.propeller.idle();
  for (let turn = 0; turn < 4; turn++) await engine.step("top-n0-0-n0-0");
  for (const name of ["top", "top-n0-0", "top-n0-0-n0-0"]) {
    expect((await engine.execution(name)).closure).toMatchObject({ phase: 6, error: { code: "Boom", message: "it broke" } });
  }
});

test.each(reaches)("an abort goes down to the bottom: %s", async (reach) => {
  const engine = await open(reach, { steps: { n0: [["RUNNING"]] } });
  await engine.kit.call("CreateExecution", request("top", "outermost"));
  await engine.propeller.idle();
  await engine.kit.call("TerminateExecution", { id: executionId("top"), cause: "enough" });
  for (let turn = 0; turn < 3; turn++) await engine.propeller.idle();
  const causes = [];
  for (const name of ["top", "top-n0-0", "top-n0-0-n0-0"]) {
    expect([name, await engine.phase(name)]).toEqual([name, "ABORTED"]);
    causes.push((await engine.execution(name)).closure?.abortMetadata?.cause);
  }
  const cascading = (parent: string) => `cascading abort as parent execution id [${parent}] aborted, reason [Workflow aborted.]`;
  expect(causes).toEqual(["enough", cascading("top"), cascading("top-n0-0")]);
  expect([...engine.world.attempts.values()].map(({ aborted, finalized }) => [aborted.length, finalized])).toEqual([[1, 1]]);
});

test.each(reaches)("a child that somebody aborts fails its parent: %s", async (reach) => {
  const engine = await open(reach, { steps: { n0: [["RUNNING"]] } });
  await engine.kit.call("CreateExecution", request("top", "outer"));
  await engine.propeller.idle();
  await engine.kit.call("TerminateExecution", { id: executionId("top-n0-0"), cause: "not this one" });
  for (let turn = 0; turn < 3; turn++) await engine.propeller.idle();
  expect((await engine.execution("top")).closure).toMatchObject({
    phase: 6,
    error: { code: "RemoteChildWorkflowExecutionFailed", message: expect.stringContaining("launchplan [top-n0-0] aborted"), kind: 1 },
  });
  expect(nodePhaseOf((await engine.kit.call("GetNodeExecution", { id: nodeId("top", "n0") })).closure?.phase)).toBe("FAILED");
});

test.each(reaches)("what admin refuses at run time is said in its words: %s", async (reach) => {
  const engine = await open(reach);
  const { kit } = engine;
  const template = workflowTemplate("later", ["double", "inc"]);
  const node = template.nodes?.[1];
  if (!node) throw new Error("no node");
  node.taskNode = null;
  node.workflowNode = { launchplanRef: identifier("LAUNCH_PLAN", "wf") };
  await kit.call("CreateWorkflow", { id: identifier("WORKFLOW", "later"), spec: { template } });
  await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "later"), spec: launchPlanSpec("later") });
  await kit.call("CreateExecution", request("top", "later"));
  await engine.propeller.idle();
  // The project is archived while the parent runs.
  await kit.call("UpdateProject", { id: "flytesnacks", state: flyteidl.admin.Project.ProjectState.ARCHIVED });
  for (let turn = 0; turn < 4; turn++) await engine.step("top");
  const { error } = (await engine.execution("top")).closure ?? {};
  expect(error).toMatchObject({ code: "RuntimeExecutionError", kind: 1 });
  expect(error?.message).toMatch(
    /^\[UserError\] failed to launch workflow, caused by: rpc error: code = InvalidArgument desc = .*flytesnacks.*not.*active/,
  );
});

test("the executions of an admin in another process: bytes as they are, refusals by their status, UNAVAILABLE when it is away", async () => {
  const kit = await openAdmin();
  await register(kit);
  const { links, close } = await openRemote(createAdminService(kit.deps));
  onTestFinished(close);
  for (const children of [links.children, createDirectChildExecutions(kit.deps, "propeller")]) {
    const name = children === links.children ? "far" : "near";
    // Inputs as they came: fields out of order, as no encoder of ours would have them.
    const inputs = Buffer.concat(
      ["greeting", "x"].map((key) => {
        const value = key === "x" ? integer(1) : { scalar: { primitive: { stringValue: "hi" } } };
        return flyteidl.core.LiteralMap.encode({ literals: { [key]: value } }).finish();
      }),
    );
    const bare = flyteidl.admin.ExecutionCreateRequest.encode({ ...request(name, "wf"), inputs: null }).finish();
    const bytes = Buffer.concat([bare, Buffer.from([(5 << 3) | 2, inputs.length]), inputs]);
    await children.create(bytes);
    expect(Buffer.from(kit.deps.blobs.objects.get(`s3://my-s3-bucket/metadata/flytesnacks/development/${name}/user_inputs`) ?? [])).toEqual(
      inputs,
    );
    await expect(children.create(bytes)).rejects.toMatchObject({ status: "ALREADY_EXISTS" });
    expect((await children.get(executionId(name))).phase).toBe(0);
    expect(await children.outputs(executionId(name))).toHaveLength(0);
    await children.terminate(executionId(name), "enough");
    expect(await children.get(executionId(name))).toMatchObject({ abortMetadata: { cause: "enough" } });
    const missing = flyteidl.admin.ExecutionCreateRequest.encode(request("odd", "nowhere")).finish();
    await expect(children.create(missing)).rejects.toMatchObject({ status: "NOT_FOUND", message: expect.stringContaining("nowhere") });
    for (const call of [children.get, children.outputs, (id: ReturnType<typeof executionId>) => children.terminate(id, "")]) {
      await expect(call(executionId("nobody"))).rejects.toMatchObject({ status: "NOT_FOUND" });
    }
  }
  const gone = openLinks({ admin: "localhost:1", catalog: "localhost:1", clock: systemClock, random: systemRandom });
  onTestFinished(() => gone.close());
  await expect(gone.children.create(new Uint8Array())).rejects.toMatchObject({ status: "UNAVAILABLE" });
  await expect(gone.children.get(executionId("far"))).rejects.toMatchObject({ status: "UNAVAILABLE" });
});
