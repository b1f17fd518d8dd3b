import { identifierText } from "../idl/type-text.ts";
import type { TaskTemplate, TypedInterface, VariableMap, WorkflowNode } from "../idl/types.ts";
import type { CompiledNode } from "./check-binding.ts";
import { duplicateAlias, notSupported, parameterNotBound, taskReferenceNotFound, valueRequired } from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";

type Variables = CompiledNode["inputs"];

/** A node with the interface of what it runs and its output aliases applied; undefined when it runs nothing that is known. */
export function compileNode(node: WorkflowNode, tasks: ReadonlyMap<string, TaskTemplate>, errors: CompileErrors): CompiledNode | undefined {
  const nodeId = node.id ?? "";
  if (nodeId === "") errors.add(valueRequired("<node>", "Id"));
  const typedInterface = interfaceOf(node, tasks, errors);
  if (typedInterface === undefined || !checkInterface(nodeId, typedInterface, errors)) return undefined;
  const outputs = aliased(node, typedInterface.outputs?.variables ?? {}, errors);
  return { node, inputs: typedInterface.inputs?.variables ?? {}, outputs };
}

function interfaceOf(node: WorkflowNode, tasks: ReadonlyMap<string, TaskTemplate>, errors: CompileErrors): TypedInterface | undefined {
  const nodeId = node.id ?? "";
  if (node.taskNode == null) {
    const construct = unsupportedConstruct(node);
    errors.add(construct === undefined ? valueRequired(nodeId, "Target") : notSupported(nodeId, construct));
    return undefined;
  }
  if (node.taskNode.referenceId == null) {
    errors.add(valueRequired(nodeId, "TaskNode.ReferenceId"));
    return undefined;
  }
  const reference = identifierText(node.taskNode.referenceId);
  const task = tasks.get(reference);
  if (task === undefined) errors.add(taskReferenceNotFound(nodeId, reference));
  return task === undefined ? undefined : (task.interface ?? {});
}

function unsupportedConstruct(node: WorkflowNode): string | undefined {
  if (node.workflowNode?.launchplanRef != null) return "Launch plan nodes";
  if (node.workflowNode != null) return "Sub-workflow nodes";
  if (node.branchNode != null) return "Branch nodes";
  if (node.gateNode != null) return "Gate nodes";
  return node.arrayNode == null ? undefined : "Array nodes";
}

/** Whether all variables have names and types. */
export function checkInterface(nodeId: string, typedInterface: TypedInterface, errors: CompileErrors): boolean {
  const before = errors.added;
  for (const map of [typedInterface.inputs, typedInterface.outputs]) checkVariables(nodeId, map, errors);
  return errors.added === before;
}

function checkVariables(nodeId: string, map: VariableMap | null | undefined, errors: CompileErrors): void {
  for (const [name, variable] of Object.entries(map?.variables ?? {})) {
    if (name === "") errors.add(valueRequired(nodeId, "paramName"));
    if (variable.type == null) errors.add(valueRequired(nodeId, "param.Type"));
  }
}

function aliased(node: WorkflowNode, outputs: Variables, errors: CompileErrors): Variables | undefined {
  const nodeId = node.id ?? "";
  const before = errors.added;
  const aliases = new Map<string, string>();
  for (const { var: name, alias } of node.outputAliases ?? []) {
    if (aliases.has(name ?? "")) errors.add(duplicateAlias(nodeId, alias ?? ""));
    else aliases.set(name ?? "", alias ?? "");
  }
  for (const [name, alias] of aliases) if (!Object.hasOwn(outputs, name)) errors.add(parameterNotBound(nodeId, alias));
  if (errors.added !== before) return undefined;
  return Object.fromEntries(Object.entries(outputs).map(([name, variable]) => [aliases.get(name) ?? name, variable]));
}
