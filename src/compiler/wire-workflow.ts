import { identifierText } from "../idl/type-text.ts";
import type { CompiledWorkflow, WorkflowNode, WorkflowTemplate } from "../idl/types.ts";
import { checkBindings } from "./check-bindings.ts";
import * as texts from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";
import { aliasedOutputs, compileNode, upstreamOf } from "./compile-node.ts";
import { checkInterface, nodeInterface } from "./node-interface.ts";
import { WorkflowGraph, endNodeId, startNodeId } from "./workflow-graph.ts";
import type { CompileSources, NodeInterface, WorkflowScope } from "./workflow-scope.ts";

/**
 * Compiles one template in place: start and end nodes come first, then its own, and the edges between them. Undefined when it
 * has no nodes or no interface that makes sense; what else is wrong is among the errors. Flyte: compiler/workflow_compiler.go.
 */
export function wireWorkflow(template: WorkflowTemplate, sources: CompileSources, errors: CompileErrors): CompiledWorkflow | undefined {
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
  const workflowInputs = template.interface.inputs.variables ?? {};
  const workflowOutputs = template.interface.outputs.variables ?? {};
  // The first of several nodes with one id counts.
  const own = new Map<string, WorkflowNode>();
  for (const node of given) {
    const id = node.id ?? "";
    if (id !== startNodeId && id !== endNodeId && !own.has(id)) own.set(id, node);
  }

  const graph = new WorkflowGraph();
  const known = new Map<WorkflowNode, NodeInterface | undefined>([[start, { inputs: {}, outputs: workflowInputs }]]);
  const scope: WorkflowScope = {
    template,
    sources,
    graph,
    errors,
    interfaceOf: (node) => {
      if (!known.has(node)) {
        // While it is being found out, a node that depends on itself sees none: the cycle is told of by the graph.
        known.set(node, undefined);
        known.set(node, nodeInterface(node, scope));
      }
      return known.get(node);
    },
    producer: (nodeId) => {
      const node = nodeId === startNodeId ? start : nodeId === endNodeId ? end : own.get(nodeId);
      if (!node) return undefined;
      const outputs = node === end ? {} : scope.interfaceOf(node)?.outputs;
      return { node, outputs: outputs && aliasedOutputs(node, outputs, errors) };
    },
  };

  for (const node of own.values()) compileNode(node, scope);
  for (const [id, node] of own) {
    if (scope.interfaceOf(node) === undefined) continue;
    for (const upstream of [...(node.upstreamNodeIds ?? []), ...upstreamOf(node, scope)]) graph.addEdge(upstream, id);
  }
  for (const upstream of checkBindings(end, workflowOutputs, scope.producer, errors)) graph.addEdge(upstream, endNodeId);
  const { failureNode } = template;
  if (failureNode != null) {
    compileNode(failureNode, scope);
    // It is not reached by walking on from any node.
    for (const upstream of upstreamOf(failureNode, scope)) graph.addUpstream(upstream, failureNode.id ?? "");
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
