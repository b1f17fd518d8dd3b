import { flyteidl } from "../idl/flyteidl.ts";
import { identifierText } from "../idl/type-text.ts";
import type { LiteralType, TypedInterface, VariableMap, WorkflowNode } from "../idl/types.ts";
import { branchInterface } from "./branch-interface.ts";
import { discoverInputs } from "./check-bindings.ts";
import { noConditionFound, taskReferenceNotFound, valueRequired, workflowReferenceNotFound } from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";
import type { LaunchPlanInterface, NodeInterface, Variables, WorkflowScope } from "./workflow-scope.ts";

/** What a node takes and gives by what it runs; undefined, with errors, when that cannot be told. */
export function nodeInterface(node: WorkflowNode, scope: WorkflowScope): NodeInterface | undefined {
  const before = scope.errors.added;
  const found = interfaceOfTarget(node, scope);
  if (found === undefined) return undefined;
  checkVariables(node.id ?? "", found.inputs, scope.errors);
  checkVariables(node.id ?? "", found.outputs, scope.errors);
  return scope.errors.added === before ? found : undefined;
}

function interfaceOfTarget(node: WorkflowNode, scope: WorkflowScope): NodeInterface | undefined {
  if (node.taskNode != null) return taskInterface(node, node.taskNode, scope);
  if (node.workflowNode != null) return workflowInterface(node, node.workflowNode, scope);
  if (node.branchNode != null) return branchInterface(node, node.branchNode, scope);
  if (node.gateNode != null) return gateInterface(node, node.gateNode, scope);
  if (node.arrayNode != null) return arrayInterface(node.arrayNode, scope);
  scope.errors.add(valueRequired(node.id ?? "", "Target"));
  return undefined;
}

const declared = (typed: TypedInterface | null | undefined): NodeInterface => ({
  inputs: typed?.inputs?.variables ?? {},
  outputs: typed?.outputs?.variables ?? {},
});

function taskInterface(node: WorkflowNode, target: flyteidl.core.TaskNode.$Properties, scope: WorkflowScope): NodeInterface | undefined {
  const nodeId = node.id ?? "";
  if (target.referenceId == null) {
    scope.errors.add(valueRequired(nodeId, "TaskNode.ReferenceId"));
    return undefined;
  }
  const reference = identifierText(target.referenceId);
  const task = scope.sources.tasks.get(reference);
  if (task === undefined) scope.errors.add(taskReferenceNotFound(nodeId, reference));
  return task && declared(task.interface);
}

function workflowInterface(
  node: WorkflowNode,
  target: flyteidl.core.WorkflowNode.$Properties,
  scope: WorkflowScope,
): NodeInterface | undefined {
  const nodeId = node.id ?? "";
  const { errors, sources } = scope;
  if (target.launchplanRef != null) {
    const reference = identifierText(target.launchplanRef);
    if (scope.template.id != null && reference === identifierText(scope.template.id)) return declared(scope.template.interface);
    const plan = sources.launchPlans.get(reference);
    if (plan === undefined) errors.add(workflowReferenceNotFound(nodeId, reference));
    return plan && launchPlanInterface(node, plan, errors);
  }
  if (target.subWorkflowRef != null) {
    const reference = identifierText(target.subWorkflowRef);
    const workflow = sources.subWorkflows.get(reference);
    if (workflow === undefined) errors.add(workflowReferenceNotFound(nodeId, reference));
    else if (workflow.interface == null) errors.add(valueRequired(nodeId, "WorkflowNode.Template.Interface"));
    return workflow?.interface == null ? undefined : declared(workflow.interface);
  }
  errors.add(workflowReferenceNotFound(nodeId, "<nil>/<nil>"));
  return undefined;
}

/** Inputs with a default are there only for nodes that bind them. */
function launchPlanInterface(node: WorkflowNode, plan: LaunchPlanInterface, errors: CompileErrors): NodeInterface | undefined {
  const nodeId = node.id ?? "";
  if (plan.expectedInputs == null) errors.add(valueRequired(nodeId, "WorkflowNode.ExpectedInputs"));
  if (plan.expectedOutputs == null) errors.add(valueRequired(nodeId, "WorkflowNode.ExpectedOutputs"));
  if (plan.expectedInputs == null || plan.expectedOutputs == null) return undefined;
  const bound = new Set((node.inputs ?? []).map((binding) => binding.var ?? ""));
  const parameters = Object.entries(plan.expectedInputs.parameters ?? {});
  const exposed = parameters.filter(([name, parameter]) => parameter.required || bound.has(name));
  return {
    inputs: Object.fromEntries(exposed.map(([name, parameter]) => [name, parameter.var ?? {}])),
    outputs: plan.expectedOutputs.variables ?? {},
  };
}

function gateInterface(node: WorkflowNode, gate: flyteidl.core.GateNode.$Properties, scope: WorkflowScope): NodeInterface | undefined {
  const nodeId = node.id ?? "";
  const { errors } = scope;
  if (gate.approve != null) {
    const discovered = discoverInputs(node, scope.producer, errors);
    // What lies within a struct has no type of its own before it is read: it is given on as a struct.
    const variables = variablesOf([...discovered.types].map(([name, type]) => [name, type ?? { simple: flyteidl.core.SimpleType.STRUCT }]));
    return { inputs: variables, outputs: variables, discovered };
  }
  if (gate.signal != null) {
    const { type, outputVariableName } = gate.signal;
    if (type == null) errors.add(valueRequired(nodeId, "GateNode.Signal.Type"));
    else if (!outputVariableName) errors.add(valueRequired(nodeId, "GateNode.Signal.OutputVariableName"));
    else return { inputs: {}, outputs: { [outputVariableName]: { type } } };
    return undefined;
  }
  if (gate.sleep != null) return { inputs: {}, outputs: {} };
  errors.add(noConditionFound(nodeId));
  return undefined;
}

export const variablesOf = (types: readonly (readonly [string, LiteralType])[]): Variables =>
  Object.fromEntries(types.map(([name, type]) => [name, { type }]));

/**
 * A mapped task is registered with the interface of lists, which is the node's. Where the node says that its sub-node kept an
 * interface of single values (launch plans and referenced tasks, as flytekit sends them), it is made one of lists here: all
 * inputs but bound ones, and all outputs, whose elements may be missing when not all need to succeed.
 */
function arrayInterface(array: flyteidl.core.ArrayNode.$Properties, scope: WorkflowScope): NodeInterface | undefined {
  const inner = scope.interfaceOf(array.node ?? {});
  if (inner === undefined || !array.isOriginalSubNodeInterface?.value) return inner;
  const bound = new Set(array.boundInputs ?? []);
  const some = array.minSuccessRatio != null && array.minSuccessRatio !== 1;
  const element = (type: LiteralType): LiteralType =>
    some ? { unionType: { variants: [type, { simple: flyteidl.core.SimpleType.NONE }] } } : type;
  const lists = (variables: Variables, element: (type: LiteralType) => LiteralType, except?: ReadonlySet<string>): Variables =>
    variablesOf(
      Object.entries(variables).map(([name, { type }]) => [
        name,
        except?.has(name) ? (type ?? {}) : { collectionType: element(type ?? {}) },
      ]),
    );
  return { inputs: lists(inner.inputs, (type) => type, bound), outputs: lists(inner.outputs, element) };
}

/** Whether all variables of a workflow's interface have names and types. */
export function checkInterface(nodeId: string, typed: TypedInterface, errors: CompileErrors): boolean {
  const before = errors.added;
  for (const map of [typed.inputs, typed.outputs] as (VariableMap | null | undefined)[])
    checkVariables(nodeId, map?.variables ?? {}, errors);
  return errors.added === before;
}

function checkVariables(nodeId: string, variables: Variables, errors: CompileErrors): void {
  for (const [name, variable] of Object.entries(variables)) {
    if (name === "") errors.add(valueRequired(nodeId, "paramName"));
    if (variable.type == null) errors.add(valueRequired(nodeId, "param.Type"));
  }
}
