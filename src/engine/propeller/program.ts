import { armsOf } from "./nodes/branch/arms.ts";
import { buildGraph, promisedBy } from "./graph.ts";
import { endNodeId, startNodeId } from "./node-ids.ts";
import { nodeKindOf } from "./node-kind.ts";
import type {
  CompiledWorkflow,
  CompiledWorkflowClosure,
  Identifier,
  TaskTemplate,
  WorkflowNode,
  WorkflowTemplate,
} from "../../idl/types.ts";
import type { WorkflowGraph } from "./graph.ts";

/** A workflow as it is run. */
export interface GraphOfWorkflow {
  readonly template: WorkflowTemplate;
  readonly graph: WorkflowGraph;
}

/** All that a closure holds. */
export interface Program {
  readonly closure: CompiledWorkflowClosure;
  readonly primary: GraphOfWorkflow;
  taskOf(node: WorkflowNode): TaskTemplate | undefined;
  /** Of a node that runs a sub-workflow. */
  workflowOf(node: WorkflowNode): GraphOfWorkflow | undefined;
}

const keyOf = (id: Identifier | null | undefined): string => JSON.stringify([id?.project, id?.domain, id?.name, id?.version]);

/** Makes a closure ready to be run. RangeError when it cannot be: the compiler lets none of that through. */
export function readProgram(closure: CompiledWorkflowClosure): Program {
  const tasks = new Map<string, TaskTemplate>();
  for (const { template } of closure.tasks ?? []) if (template != null) tasks.set(keyOf(template.id), template);
  const workflows = new Map<string, GraphOfWorkflow>();
  for (const workflow of closure.subWorkflows ?? []) workflows.set(keyOf(workflow.template?.id), graphOf(workflow));
  // Asked of every node at work in every round.
  const known = new WeakMap<WorkflowNode, TaskTemplate>();
  const program: Program = {
    closure,
    primary: graphOf(closure.primary ?? {}),
    taskOf: (node) => {
      const template = known.get(node) ?? tasks.get(keyOf(node.taskNode?.referenceId));
      if (template) known.set(node, template);
      return template;
    },
    workflowOf: (node) => workflows.get(keyOf(node.workflowNode?.subWorkflowRef)),
  };
  checkWorkflow(program, program.primary, [], new Set());
  return program;
}

const graphOf = (workflow: CompiledWorkflow): GraphOfWorkflow => ({ template: workflow.template ?? {}, graph: buildGraph(workflow) });

/** `path`: the workflows around this one, which it must not run itself. */
function checkWorkflow(program: Program, workflow: GraphOfWorkflow, path: readonly GraphOfWorkflow[], known: Set<GraphOfWorkflow>): void {
  if (path.includes(workflow)) throw new RangeError(`workflow [${workflow.template.id?.name ?? ""}] runs itself`);
  if (known.has(workflow)) return;
  known.add(workflow);
  const { failureNode } = workflow.template;
  const ids = new Set(workflow.graph.byId.keys());
  const visit = (node: WorkflowNode, seen: ReadonlySet<string>): void => {
    checkNode(program, node);
    const within = program.workflowOf(node);
    if (nodeKindOf(node) === "workflow" && within) checkWorkflow(program, within, [...path, workflow], known);
    const arms = armsOf(node.branchNode);
    const visible = new Set([...seen, ...arms.map((arm) => arm.id ?? "")]);
    for (const arm of arms) {
      const missing = [...promisedTo(arm)].find((id) => !visible.has(id));
      if (missing !== undefined) throw new RangeError(`node [${arm.id ?? ""}] waits for node [${missing}], which does not exist`);
      visit(arm, visible);
    }
  };
  for (const { id, node } of workflow.graph.nodes) if (node && id !== startNodeId && id !== endNodeId) visit(node, ids);
  if (failureNode != null) visit(failureNode, ids);
}

function promisedTo(node: WorkflowNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { binding } of node.inputs ?? []) promisedBy(binding, names);
  return names;
}

function checkNode(program: Program, node: WorkflowNode): void {
  const id = node.id ?? "";
  switch (nodeKindOf(node)) {
    case undefined:
      throw new RangeError(`node [${id}] is of a kind that this version cannot run`);
    case "task":
      if (program.taskOf(node)) return;
      throw new RangeError(`node [${id}] runs task [${node.taskNode?.referenceId?.name ?? ""}], which the closure does not hold`);
    case "workflow":
      if (program.workflowOf(node)) return;
      throw new RangeError(
        `node [${id}] runs workflow [${node.workflowNode?.subWorkflowRef?.name ?? ""}], which the closure does not hold`,
      );
    case "branch":
      if (node.branchNode?.ifElse?.case?.thenNode != null) return;
      throw new RangeError(`node [${id}] is a branch without a case`);
    case "array":
      if (program.taskOf(node.arrayNode?.node ?? {}) || node.arrayNode?.node?.workflowNode?.launchplanRef != null) return;
      throw new RangeError(`node [${id}] is an array of neither a launch plan nor a task that the closure holds`);
    case "start":
    case "end":
    case "gate":
    case "launch-plan":
      return;
  }
}
