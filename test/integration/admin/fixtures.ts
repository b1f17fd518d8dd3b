import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { identifierOf } from "../../../src/idl/identifiers.ts";
import type { EntityId, ResourceTypeName } from "../../../src/idl/identifiers.ts";
import { fromTimestamp, toTimestamp } from "../../../src/idl/time.ts";
import Long from "long";
import type { Literal, LiteralType, ProtoTimestamp, TaskTemplate, WorkflowTemplate } from "../../../src/idl/types.ts";
import type { AdminKit } from "./admin-kit.ts";
import { startOfTime } from "./admin-kit.ts";

// Entities as `pyflyte register` sends them.

export const scope = { project: "flytesnacks", domain: "development" };
export const entity = (name: string, version = "v1"): EntityId => ({ ...scope, name, version });
export const identifier = (type: ResourceTypeName, name: string, version = "v1") => identifierOf(type, entity(name, version));

export const integerType: LiteralType = { simple: flyteidl.core.SimpleType.INTEGER };
export const stringType: LiteralType = { simple: flyteidl.core.SimpleType.STRING };
export const integer = (value: number): Literal => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
export const text = (value: string): Literal => ({ scalar: { primitive: { stringValue: value } } });

const variables = (types: Record<string, LiteralType>) => ({
  variables: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type, description: name }])),
});

/** `def double(x: int) -> int`. */
export function taskTemplate(name: string, version = "v1"): TaskTemplate {
  return {
    id: identifier("TASK", name, version),
    type: "python-task",
    metadata: { runtime: { type: flyteidl.core.RuntimeMetadata.RuntimeType.FLYTE_SDK, version: "1.16.31", flavor: "python" }, retries: {} },
    interface: { inputs: variables({ x: integerType }), outputs: variables({ o0: integerType }) },
    container: { image: "cr.flyte.org/flyteorg/flytekit:py3.11", args: ["pyflyte-execute", "--inputs", "{{.input}}"], resources: {} },
    config: { "10": "ten", "2": "two" },
  };
}

/** `wf(x: int, greeting: str = …) -> int` of one node for each task, one after the other. */
export function workflowTemplate(name: string, tasks: readonly string[], version = "v1"): WorkflowTemplate {
  return {
    id: identifier("WORKFLOW", name, version),
    metadata: {},
    metadataDefaults: {},
    interface: { inputs: variables({ x: integerType, greeting: stringType }), outputs: variables({ o0: integerType }) },
    nodes: tasks.map((task, index) => ({
      id: `n${index}`,
      metadata: { name: task },
      inputs: [{ var: "x", binding: { promise: index === 0 ? { nodeId: "", var: "x" } : { nodeId: `n${index - 1}`, var: "o0" } } }],
      upstreamNodeIds: index === 0 ? [] : [`n${index - 1}`],
      taskNode: { referenceId: identifier("TASK", task, version), overrides: {} },
    })),
    outputs: [{ var: "o0", binding: { promise: { nodeId: `n${tasks.length - 1}`, var: "o0" } } }],
  };
}

/** What a launch plan of that workflow says: a default greeting, x required. */
export function launchPlanSpec(workflow: string, version = "v1"): flyteidl.admin.LaunchPlanSpec.$Properties {
  return {
    workflowId: identifier("WORKFLOW", workflow, version),
    entityMetadata: {},
    defaultInputs: {
      parameters: { x: { var: { type: integerType }, required: true }, greeting: { var: { type: stringType }, default: text("hello") } },
    },
    labels: {},
    annotations: {},
  };
}

/** Tasks double and inc, workflow wf of both, launch plan wf. */
export async function registerAll(kit: AdminKit, version = "v1"): Promise<void> {
  for (const name of ["double", "inc"]) {
    await kit.call("CreateTask", { id: identifier("TASK", name, version), spec: { template: taskTemplate(name, version) } });
  }
  await kit.call("CreateWorkflow", {
    id: identifier("WORKFLOW", "wf", version),
    spec: { template: workflowTemplate("wf", ["double", "inc"], version) },
  });
  await kit.call("CreateLaunchPlan", { id: identifier("LAUNCH_PLAN", "wf", version), spec: launchPlanSpec("wf", version) });
}

export function launchRequest(name: string, x = 3): flyteidl.admin.ExecutionCreateRequest.$Properties {
  return {
    ...scope,
    name,
    spec: {
      launchPlan: identifier("LAUNCH_PLAN", "wf"),
      metadata: { principal: "placeholder" },
      disableAll: false,
      labels: {},
      annotations: {},
      authRole: {},
    },
    inputs: { literals: { x: integer(x) } },
  };
}

export const executionId = (name: string) => ({ ...scope, name });
export const nodeId = (execution: string, node: string) => ({ executionId: executionId(execution), nodeId: node });
/** Seconds after the start of the test's time. */
export const at = (seconds: number) => toTimestamp(startOfTime + seconds * 1000);
/** The inverse of `at`; undefined for an unset time. */
export function secondsOf(timestamp: ProtoTimestamp | null | undefined): number | undefined {
  const time = fromTimestamp(timestamp);
  return time === undefined ? undefined : (time - startOfTime) / 1000;
}
