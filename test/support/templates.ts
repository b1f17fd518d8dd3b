import Long from "long";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { compileWorkflow } from "../../src/compiler/compile-workflow.ts";
import type { LaunchPlanInterface } from "../../src/compiler/workflow-scope.ts";
import type { Binding, BindingData, CompiledTask, Identifier, LiteralType, WorkflowNode, WorkflowTemplate } from "../../src/idl/types.ts";

// Short ways to write templates in tests of the compiler.

export const { SimpleType, ResourceType } = flyteidl.core;
export const int: LiteralType = { simple: SimpleType.INTEGER };
export const string: LiteralType = { simple: SimpleType.STRING };
export const none: LiteralType = { simple: SimpleType.NONE };

export const identifier = (resourceType: flyteidl.core.ResourceType, name: string): Identifier => ({
  resourceType,
  project: "p",
  domain: "d",
  name,
  version: "v",
});
export const taskId = (name: string): Identifier => identifier(ResourceType.TASK, name);
export const workflowId = (name: string): Identifier => identifier(ResourceType.WORKFLOW, name);
export const planId = (name: string): Identifier => identifier(ResourceType.LAUNCH_PLAN, name);
export const idText = (kind: string, name: string): string => `resource_type:${kind} project:"p" domain:"d" name:"${name}" version:"v"`;

export type Types = Readonly<Record<string, LiteralType>>;
export const variables = (types: Types): flyteidl.core.VariableMap.$Properties => ({
  variables: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }])),
});
export const task = (name: string, inputs: Types = {}, outputs: Types = {}): CompiledTask => ({
  template: { id: taskId(name), type: "python-task", interface: { inputs: variables(inputs), outputs: variables(outputs) } },
});
export const node = (id: string, taskName: string, inputs: Binding[] = [], more: WorkflowNode = {}): WorkflowNode => ({
  id,
  taskNode: { referenceId: taskId(taskName) },
  inputs,
  ...more,
});
export const bind = (name: string, binding: BindingData): Binding => ({ var: name, binding });
export const promise = (nodeId: string, name: string, ...path: (string | number)[]): BindingData => ({
  promise: { nodeId, var: name, attrPath: path.map((step) => (typeof step === "string" ? { stringValue: step } : { intValue: step })) },
});
export const intValue = (value: number): BindingData => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
export const textValue = (value: string): BindingData => ({ scalar: { primitive: { stringValue: value } } });
export const workflow = (
  nodes: WorkflowNode[],
  inputs: Types = {},
  outputs: Types = {},
  bindings: Binding[] = [],
  more: WorkflowTemplate = {},
): WorkflowTemplate => ({
  id: workflowId("w"),
  interface: { inputs: variables(inputs), outputs: variables(outputs) },
  nodes,
  outputs: bindings,
  ...more,
});

export const compile = (
  primary: WorkflowTemplate | null,
  tasks: CompiledTask[] = [],
  subWorkflows: WorkflowTemplate[] = [],
  launchPlans: LaunchPlanInterface[] = [],
): ReturnType<typeof compileWorkflow> => compileWorkflow({ primary, tasks, subWorkflows, launchPlans });

export function edgesOf(compiled: ReturnType<typeof compileWorkflow>): { readonly downstream: object; readonly upstream: object } {
  if ("errors" in compiled) throw new Error(compiled.errors.toString());
  const lists = (side: Readonly<Record<string, flyteidl.core.ConnectionSet.IdList.$Properties>> | null | undefined): object =>
    Object.fromEntries(Object.entries(side ?? {}).map(([id, list]) => [id, list.ids]));
  const connections = compiled.closure.primary?.connections;
  return { downstream: lists(connections?.downstream), upstream: lists(connections?.upstream) };
}

/** `kind|node id|description` of all errors. */
export function errorsOf(compiled: ReturnType<typeof compileWorkflow>): string[] {
  if (!("errors" in compiled)) return [];
  return compiled.errors.list().map((error) => `${error.kind}|${error.nodeId}|${error.description}`);
}
