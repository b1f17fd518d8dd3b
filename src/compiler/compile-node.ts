import { identifierText } from "../idl/type-text.ts";
import type { flyteidl } from "../idl/flyteidl.ts";
import type { WorkflowNode } from "../idl/types.ts";
import { checkBindings } from "./check-bindings.ts";
import { checkCondition } from "./check-condition.ts";
import { branchNodeHasNoCondition, branchNodeHasNoDefault, branchNodeIdNotFound, duplicateAlias } from "./compile-error-texts.ts";
import { parameterNotBound, valueRequired } from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";
import type { Variables, WorkflowScope } from "./workflow-scope.ts";

/** Checks a node and all within it, sub-workflows included, but not what is bound to it. Flyte: compiler/validators/node.go. */
export function compileNode(node: WorkflowNode, scope: WorkflowScope): void {
  const nodeId = node.id ?? "";
  if (nodeId === "") scope.errors.add(valueRequired("<node>", "Id"));
  const own = scope.interfaceOf(node);
  if (own) aliasedOutputs(node, own.outputs, scope.errors);
  if (node.upstreamNodeIds?.length) node.upstreamNodeIds.sort();
  if (node.branchNode != null) compileArms(node, node.branchNode, scope);
  const subWorkflow = node.workflowNode?.launchplanRef == null ? node.workflowNode?.subWorkflowRef : undefined;
  if (subWorkflow != null) {
    const key = identifierText(subWorkflow);
    const template = scope.sources.subWorkflows.get(key);
    if (template) scope.sources.compileSubWorkflow(key, template);
  }
}

/** Conditions first, then each arm as a node of its own; an arm's edges point at what it takes values from only. */
function compileArms(node: WorkflowNode, branch: flyteidl.core.BranchNode.$Properties, scope: WorkflowScope): void {
  const nodeId = node.id ?? "";
  const { errors } = scope;
  const before = errors.added;
  const inputs = scope.interfaceOf(node)?.discovered;
  const { case: first, other, elseNode, error } = branch.ifElse ?? {};
  if (first == null) errors.add(branchNodeHasNoCondition(nodeId));
  const arms: WorkflowNode[] = [];
  for (const block of [...(first == null ? [] : [first]), ...(other ?? [])]) {
    checkCondition(node, block.condition, inputs, errors);
    if (block.thenNode == null) errors.add(branchNodeIdNotFound(nodeId));
    else arms.push(block.thenNode);
  }
  if (elseNode != null) arms.push(elseNode);
  else if (error == null) errors.add(branchNodeHasNoDefault(nodeId));
  for (const arm of arms) compileNode(arm, scope);
  if (errors.added !== before) return;
  for (const arm of arms) for (const upstream of upstreamOf(arm, scope)) scope.graph.addUpstream(upstream, arm.id ?? "");
}

/** Checks what is bound to a node, and answers where it comes from. A node whose interface is not known is left alone. */
export function upstreamOf(node: WorkflowNode, scope: WorkflowScope): readonly string[] {
  const own = scope.interfaceOf(node);
  if (own === undefined) return [];
  return own.discovered?.upstream ?? checkBindings(node, own.inputs, scope.producer, scope.errors);
}

/** The outputs under the names that others know them by; undefined, with errors, when the aliases make no sense. */
export function aliasedOutputs(node: WorkflowNode, outputs: Variables, errors: CompileErrors): Variables | undefined {
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
