import { flyteidl } from "../idl/flyteidl.ts";
import { identifierText } from "../idl/type-text.ts";
import type {
  CompiledTask,
  CompiledWorkflow,
  CompiledWorkflowClosure,
  Identifier,
  TaskTemplate,
  WorkflowNode,
  WorkflowTemplate,
} from "../idl/types.ts";
import type { CompiledNode } from "./check-binding.ts";
import { checkBindings } from "./check-bindings.ts";
import * as texts from "./compile-error-texts.ts";
import { CompileErrors } from "./compile-errors.ts";
import { checkInterface, compileNode } from "./compile-node.ts";
import { collectRequirements } from "./requirements.ts";
import { WorkflowGraph, endNodeId, startNodeId } from "./workflow-graph.ts";

export interface WorkflowSources {
  readonly primary: WorkflowTemplate | null | undefined;
  readonly subWorkflows: readonly WorkflowTemplate[];
  /** All that `requirements` names; they are kept in the closure, each once, as the objects they are. */
  readonly tasks: readonly CompiledTask[];
  /** Ids of the launch plans that exist. */
  readonly launchPlans: readonly Identifier[];
}

export type CompiledOrErrors = { readonly closure: CompiledWorkflowClosure } | { readonly errors: CompileErrors };

/**
 * Checks a workflow with all it refers to and wires its nodes: start and end nodes first, then the user's, with sorted
 * upstream ids, so that the closure does not depend on the order in which a client lists them. The primary template is
 * copied, sub-workflows are not.
 */
export function compileWorkflow(sources: WorkflowSources): CompiledOrErrors {
  const errors = new CompileErrors();
  if (sources.primary == null) errors.add(texts.valueRequired("root", "wf"));
  const tasks = new Map<string, CompiledTask>();
  for (const task of sources.tasks) {
    const id = task.template?.id;
    if (id == null) errors.add(texts.valueRequired("task", "Template.Id"));
    else if (!tasks.has(identifierText(id))) tasks.set(identifierText(id), task);
  }
  const subWorkflows = new Map<string, WorkflowTemplate>();
  for (const workflow of sources.subWorkflows) {
    const key = identifierText(workflow.id);
    if (workflow.id == null) errors.add(texts.valueRequired("root", "SubWorkflow.Id"));
    else if (subWorkflows.has(key)) errors.add(texts.duplicateId(key));
    else subWorkflows.set(key, workflow);
  }
  if (sources.primary == null || errors.any) return { errors };

  const template = flyteidl.core.WorkflowTemplate.decode(flyteidl.core.WorkflowTemplate.encode(sources.primary).finish());
  const launchPlans = new Set(sources.launchPlans.map(identifierText));
  const required = collectRequirements(template, subWorkflows, errors);
  for (const id of required.launchPlans.map(identifierText)) {
    if (!launchPlans.has(id)) errors.add(texts.workflowReferenceNotFound(startNodeId, id));
  }
  for (const id of required.tasks.map(identifierText)) if (!tasks.has(id)) errors.add(texts.taskReferenceNotFound(startNodeId, id));
  if (errors.any) return { errors };

  const templates = new Map([...tasks].map(([key, task]) => [key, task.template ?? {}]));
  const primary = wireWorkflow(template, templates, errors);
  if (primary === undefined || errors.any) return { errors };
  const uncompiled = sources.subWorkflows.map((workflow) => ({ template: workflow }));
  return { closure: { primary, subWorkflows: uncompiled, tasks: [...tasks.values()], launchPlans: [] } };
}

/** Compiles one template in place. */
function wireWorkflow(
  template: flyteidl.core.WorkflowTemplate.$Properties,
  tasks: ReadonlyMap<string, TaskTemplate>,
  errors: CompileErrors,
): CompiledWorkflow | undefined {
  const given = template.nodes ?? [];
  if (given.length === 0) {
    errors.add(texts.noNodesFound(identifierText(template.id)));
    return undefined;
  }
  template.interface ??= {};
  template.interface.inputs ??= { variables: {} };
  template.interface.outputs ??= { variables: {} };
  if (!checkInterface(startNodeId, template.interface, errors)) return undefined;

  const start: WorkflowNode = { id: startNodeId };
  const end: WorkflowNode = { id: endNodeId, inputs: template.outputs ?? [] };
  const compiled = new Map<string, CompiledNode>([
    [startNodeId, { node: start, inputs: {}, outputs: template.interface.inputs.variables ?? {} }],
    [endNodeId, { node: end, inputs: template.interface.outputs.variables ?? {}, outputs: {} }],
  ]);
  // The first of several nodes with one id counts.
  const own = new Map<string, WorkflowNode>();
  for (const node of given) if (!compiled.has(node.id ?? "") && !own.has(node.id ?? "")) own.set(node.id ?? "", node);
  const failed = new Set<string>();
  for (const [id, node] of own) {
    if (node.upstreamNodeIds?.length) node.upstreamNodeIds.sort();
    const whole = compileNode(node, tasks, errors);
    if (whole === undefined) failed.add(id);
    // A node that does not compile is still there to refer to; its own errors are told once.
    compiled.set(id, whole ?? { node, inputs: {}, outputs: undefined });
  }
  if (template.failureNode != null) errors.add(texts.notSupported(template.failureNode.id ?? "", "Failure nodes"));

  const graph = new WorkflowGraph();
  for (const [id, { node, inputs }] of compiled) {
    if (id === startNodeId || failed.has(id)) continue;
    for (const upstream of node.upstreamNodeIds ?? []) graph.addEdge(upstream, id);
    for (const upstream of checkBindings(node, node.inputs ?? [], inputs, compiled, errors)) graph.addEdge(upstream, id);
  }
  for (const id of own.keys()) {
    if (!graph.hasUpstream(id)) graph.addEdge(startNodeId, id);
    if (!graph.hasDownstream(id)) graph.addEdge(id, endNodeId);
  }
  checkReachable(graph, [...own.keys()], errors);
  template.nodes = [start, end, ...own.values()];
  return { template, connections: graph.connections() };
}

function checkReachable(graph: WorkflowGraph, ids: readonly string[], errors: CompileErrors): void {
  const walk = graph.walk(startNodeId);
  if ("cycle" in walk) {
    errors.add(texts.cycleDetected(startNodeId, walk.cycle));
    return;
  }
  const unreachable = ids.filter((id) => !walk.reached.has(id)).sort();
  if (unreachable.length > 0) errors.add(texts.unreachableNodes(startNodeId, unreachable));
}
