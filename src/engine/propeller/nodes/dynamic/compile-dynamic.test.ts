import { describe, expect, test } from "vitest";
import { compileDynamic } from "./compile-dynamic.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import type { CompiledDynamic, DynamicOrigin, DynamicSpec } from "./compile-dynamic.ts";
import type { Identifier, LiteralType, TaskTemplate } from "../../../../idl/types.ts";
import type { LaunchPlans } from "../../../../ports/launch-plans.ts";

const { TASK, WORKFLOW, LAUNCH_PLAN } = flyteidl.core.ResourceType;
const { STRING, INTEGER } = flyteidl.core.SimpleType;
const idOf = (resourceType: number, name: string): Identifier => ({ resourceType, project: "p", domain: "d", name, version: "v" });
const variables = (types: Record<string, LiteralType>): { variables: Record<string, { type: LiteralType }> } => ({
  variables: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }])),
});
const parent: TaskTemplate = {
  id: idOf(TASK, "parent"),
  interface: { inputs: variables({ a: { simple: STRING } }), outputs: variables({ o: { simple: INTEGER } }) },
};
const origin = (over: Partial<DynamicOrigin> = {}): DynamicOrigin => ({
  node: { execution: { project: "p", domain: "d", name: "ex" }, nodeId: "n0-0-dn3" },
  specNodeId: "dn3",
  attempt: 1,
  task: parent,
  ...over,
});
const none: LaunchPlans = { typesOf: async () => undefined };
const taskSpec = (): DynamicSpec => ({
  nodes: [{ id: "dn0", taskNode: { referenceId: idOf(TASK, "t") } }],
  tasks: [{ id: idOf(TASK, "t"), interface: { outputs: variables({ o: { simple: INTEGER } }) } }],
  outputs: [{ var: "o", binding: { promise: { nodeId: "dn0", var: "o" } } }],
});
/** One node, which launches `lp` with `x`. */
const planSpec = (): DynamicSpec => ({
  nodes: [
    {
      id: "dn0",
      workflowNode: { launchplanRef: idOf(LAUNCH_PLAN, "lp") },
      inputs: [{ var: "x", binding: { scalar: { primitive: { stringValue: "s" } } } }],
    },
  ],
  outputs: [{ var: "o", binding: { promise: { nodeId: "dn0", var: "o" } } }],
});
const plan = (x: number, o: number): LaunchPlans => ({
  typesOf: async ({ name }) =>
    name === "lp"
      ? {
          expectedInputs: { parameters: { x: { var: { type: { simple: x } }, required: true } } },
          expectedOutputs: variables({ o: { simple: o } }),
        }
      : undefined,
});

function closureOf(compiled: CompiledDynamic): flyteidl.core.CompiledWorkflowClosure.$Properties {
  if ("failure" in compiled) throw new Error(compiled.failure.message);
  return compiled.closure;
}

test("the workflow is named after its node, takes nothing, and gives what the task gives", async () => {
  const { primary, tasks, subWorkflows } = closureOf(await compileDynamic(taskSpec(), origin(), none));
  const { id, nodes, interface: types } = primary?.template ?? {};
  expect(id).toMatchObject({ resourceType: WORKFLOW, project: "p", domain: "d", name: "dynamic_dn3" });
  expect(nodes?.map((node) => node.id)).toEqual(["start-node", "end-node", "dn0"]);
  expect(types?.inputs?.variables).toEqual({});
  expect(types?.outputs?.variables?.["o"]?.type?.simple).toBe(INTEGER);
  expect([tasks?.length, subWorkflows]).toEqual([1, []]);
});

test("the same spec gives the same bytes again, and each attempt of each node of each execution a version of its own", async () => {
  const encoded = async (over: Partial<DynamicOrigin> = {}): Promise<string> =>
    Buffer.from(
      flyteidl.core.CompiledWorkflowClosure.encode(closureOf(await compileDynamic(taskSpec(), origin(over), none))).finish(),
    ).toString("hex");
  const { node } = origin();
  const others: Partial<DynamicOrigin>[] = [
    { attempt: 0 },
    { node: { ...node, nodeId: "n0-0-dn4" } },
    { node: { ...node, execution: { ...node.execution, name: "other" } } },
  ];
  const first = await encoded();
  expect(await encoded()).toBe(first);
  expect(new Set([first, ...(await Promise.all(others.map(encoded)))]).size).toBe(4);
});

test("a task that is there twice counts once", async () => {
  const spec = taskSpec();
  const { tasks } = closureOf(await compileDynamic({ ...spec, tasks: [...(spec.tasks ?? []), ...(spec.tasks ?? [])] }, origin(), none));
  expect(tasks).toHaveLength(1);
});

describe("launch plans, as admin knows them", () => {
  test("fit", async () => {
    const { primary } = closureOf(await compileDynamic(planSpec(), origin(), plan(STRING, INTEGER)));
    expect(primary?.connections?.upstream?.["end-node"]?.ids).toEqual(["dn0"]);
  });

  test.each([
    ["its input", plan(INTEGER, INTEGER)],
    ["its output", plan(STRING, STRING)],
  ])("%s does not fit", async (_what, plans) => {
    const compiled = await compileDynamic(planSpec(), origin(), plans);
    expect(compiled).toMatchObject({ failure: { code: "DynamicWorkflowBuildFailed", kind: "USER" } });
    expect("failure" in compiled && compiled.failure.message).toMatch(
      /^\[User\] malformed dynamic workflow, caused by: Collected Errors: 1\n\tError 0: Code: Mismatching/,
    );
  });

  test("an admin that cannot be asked is no fault of the spec", async () => {
    const down: LaunchPlans = { typesOf: () => Promise.reject(new Error("down")) };
    await expect(compileDynamic(planSpec(), origin(), down)).rejects.toThrow("down");
  });
});
