import { expect, test } from "vitest";
import { openEngine, reaches, type Engine } from "./admin-and-propeller.ts";
import { executionId, identifier, launchPlanSpec, launchRequest, nodeId, registerAll, workflowTemplate } from "../admin/fixtures.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { nodePhaseOf } from "../../../src/idl/phases.ts";
import { toNumber } from "../../../src/idl/time.ts";
import type { TaskScript } from "../../support/scripted-plugin.ts";

const { RECOVERED } = flyteidl.admin.ExecutionMetadata.ExecutionMode;

/** `wf` doubles twice; `outer` launches it, and then doubles. */
async function open(reach: (typeof reaches)[number], script: TaskScript): Promise<Engine> {
  const engine = await openEngine(reach, script);
  const { kit } = engine;
  await registerAll(kit);
  const template = workflowTemplate("outer", ["double", "inc"]);
  const [node] = template.nodes ?? [];
  if (!node) throw new Error("no node");
  node.taskNode = null;
  node.workflowNode = { launchplanRef: identifier("LAUNCH_PLAN", "wf") };
  await kit.call("CreateWorkflow", { id: identifier("WORKFLOW", "outer"), spec: { template } });
  await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "outer"), spec: launchPlanSpec("outer") });
  return engine;
}

const phasesOf = async ({ kit }: Engine, name: string): Promise<Record<string, string>> => {
  const list = await kit.call("ListNodeExecutions", { workflowExecutionId: executionId(name), limit: 10 });
  return Object.fromEntries((list.nodeExecutions ?? []).map(({ id, closure }) => [id?.nodeId ?? "", nodePhaseOf(closure?.phase)]));
};

async function stepAll(engine: Engine, ...names: readonly string[]): Promise<void> {
  for (let turn = 0; turn < 8; turn++) for (const name of names) await engine.step(name);
}

test.each(reaches)("children are recovered with their parents, by name: %s", async (reach) => {
  // The second task of `wf` fails while this is set.
  let fails = true;
  const steps = {
    get n1() {
      return [["RUNNING", fails ? "PERMANENT_FAILURE" : "SUCCESS"] as const];
    },
  };
  const engine = await open(reach, { steps });
  const { kit } = engine;
  const request = launchRequest("top", 5);
  await kit.call("CreateExecution", { ...request, spec: { ...request.spec, launchPlan: identifier("LAUNCH_PLAN", "outer") } });
  await engine.propeller.idle();
  await stepAll(engine, "top-n0-0");
  expect([await engine.phase("top"), await engine.phase("top-n0-0")]).toEqual(["FAILED", "FAILED"]);

  fails = false;
  await kit.call("RecoverExecution", { id: executionId("top"), name: "again" });
  await engine.propeller.idle();
  expect((await engine.execution("again-n0-0")).spec?.metadata).toMatchObject({
    mode: RECOVERED,
    nesting: 1,
    referenceExecution: executionId("top-n0-0"),
    parentNodeExecution: nodeId("again", "n0"),
  });
  await stepAll(engine, "again-n0-0", "again");
  expect(await engine.phase("again")).toBe("SUCCEEDED");
  const first = { "start-node": "SUCCEEDED", "end-node": "SUCCEEDED" };
  expect(await phasesOf(engine, "again-n0-0")).toEqual({ ...first, n0: "RECOVERED", n1: "SUCCEEDED" });
  expect(await phasesOf(engine, "again")).toEqual({ ...first, n0: "SUCCEEDED", n1: "SUCCEEDED" });
  const { fullOutputs } = await kit.call("GetExecutionData", { id: executionId("again") });
  expect(toNumber(fullOutputs?.literals?.["o0"]?.scalar?.primitive?.integer)).toBe(40);
  // What was taken over can be read like what has run.
  const data = await kit.call("GetNodeExecutionData", { id: nodeId("again-n0-0", "n0") });
  const valueOf = (map: flyteidl.core.LiteralMap.$Properties | null | undefined, name: string) =>
    toNumber(map?.literals?.[name]?.scalar?.primitive?.integer);
  expect([valueOf(data.fullInputs, "x"), valueOf(data.fullOutputs, "o0")]).toEqual([5, 10]);

  await kit.call("RecoverExecution", { id: executionId("again"), name: "third" });
  await engine.propeller.idle();
  expect(await phasesOf(engine, "third")).toEqual({ ...first, n0: "RECOVERED", n1: "RECOVERED" });
  const node = await kit.call("GetNodeExecution", { id: nodeId("third", "n0") });
  expect(node.closure?.workflowNodeMetadata?.executionId).toMatchObject(executionId("again-n0-0"));
  expect(await kit.verdict("GetExecution", { id: executionId("third-n0-0") })).toMatch(/^NOT_FOUND/);
});
