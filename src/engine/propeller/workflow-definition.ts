import { flyteidl } from "../../idl/flyteidl.ts";
import { buildGraph } from "./graph.ts";
import { endNodeId, startNodeId } from "./node-ids.ts";
import type { ExecutionSpec, TaskTemplate, WorkflowNode, WorkflowTemplate } from "../../idl/types.ts";
import type { WorkflowSpec } from "../../ports/workflow-store.ts";
import type { WorkflowGraph } from "./graph.ts";
import type { Failure } from "./state.ts";

/** What an execution runs, decoded once. */
export interface WorkflowDefinition {
  readonly spec: WorkflowSpec;
  readonly executionSpec: ExecutionSpec;
  readonly template: WorkflowTemplate;
  readonly graph: WorkflowGraph;
  readonly taskOf: (node: WorkflowNode) => TaskTemplate | undefined;
  /** Why it cannot run at all: the compiler lets none of this through. */
  readonly refusal: Failure | undefined;
}

const emptyGraph: WorkflowGraph = { nodes: [], byId: new Map() };

/** Decodes what admin handed over. Never throws: a definition that makes no sense carries its refusal. */
export function readDefinition(spec: WorkflowSpec): WorkflowDefinition {
  const refuse = (message: string): Failure => ({ code: "BadSpecificationError", message, kind: "SYSTEM" });
  let template: WorkflowTemplate = {};
  let executionSpec: ExecutionSpec = {};
  let graph = emptyGraph;
  let refusal: Failure | undefined;
  const tasks = new Map<string, TaskTemplate>();
  const key = (id: flyteidl.core.Identifier.$Properties | null | undefined): string =>
    JSON.stringify([id?.project, id?.domain, id?.name, id?.version]);
  const taskOf = (node: WorkflowNode): TaskTemplate | undefined => tasks.get(key(node.taskNode?.referenceId));
  try {
    const closure = flyteidl.core.CompiledWorkflowClosure.decode(spec.closure);
    executionSpec = flyteidl.admin.ExecutionSpec.decode(spec.executionSpec);
    template = closure.primary?.template ?? {};
    for (const task of closure.tasks) if (task.template != null) tasks.set(key(task.template.id), task.template);
    graph = buildGraph(closure.primary ?? {});
    for (const { id, node } of graph.nodes) {
      if (id === startNodeId || id === endNodeId || refusal) continue;
      if (node?.taskNode == null) refusal = refuse(`node [${id}] is of a kind that this version cannot run: only task nodes are built`);
      else if (!taskOf(node))
        refusal = refuse(`node [${id}] runs task [${node.taskNode.referenceId?.name ?? ""}], which the closure does not hold`);
    }
    if (template.failureNode != null) refusal = refuse("the workflow has a failure node, which this version cannot run");
  } catch (thrown) {
    refusal = refuse(`the workflow cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  return { spec, executionSpec, template, graph, taskOf, refusal };
}
