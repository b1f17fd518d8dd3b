import { identifierText } from "../idl/type-text.ts";
import type { Identifier, WorkflowNode, WorkflowTemplate } from "../idl/types.ts";
import { cycleDetected, workflowReferenceNotFound } from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";
import { CompileErrors as Errors } from "./compile-errors.ts";

/** What a workflow refers to, each once, in the order of their printed ids. */
export interface Requirements {
  readonly tasks: readonly Identifier[];
  readonly launchPlans: readonly Identifier[];
}

/**
 * The tasks and launch plans to load before compileWorkflow: those of the workflow, of the sub-workflows it uses, of all
 * arms of branches, of array nodes and of failure nodes. References to unknown sub-workflows are left to the compiler.
 */
export function requirements(primary: WorkflowTemplate, subWorkflows: readonly WorkflowTemplate[]): Requirements {
  return collectRequirements(primary, new Map(subWorkflows.map((workflow) => [identifierText(workflow.id), workflow])), new Errors());
}

/** The same, telling of unknown sub-workflows and of such as contain themselves. `subWorkflows` by identifierText. */
export function collectRequirements(
  primary: WorkflowTemplate,
  subWorkflows: ReadonlyMap<string, WorkflowTemplate>,
  errors: CompileErrors,
): Requirements {
  const tasks = new Map<string, Identifier>();
  const launchPlans = new Map<string, Identifier>();
  const done = new Set<string>();
  const path: string[] = [];

  const visitWorkflow = (workflow: WorkflowTemplate): void => {
    const key = identifierText(workflow.id);
    path.push(key);
    for (const node of workflow.nodes ?? []) visitNode(node);
    if (workflow.failureNode != null) visitNode(workflow.failureNode);
    path.pop();
    done.add(key);
  };
  const visitNode = (node: WorkflowNode): void => {
    const { taskNode, workflowNode, branchNode, arrayNode } = node;
    if (taskNode?.referenceId != null) tasks.set(identifierText(taskNode.referenceId), taskNode.referenceId);
    else if (workflowNode?.launchplanRef != null) launchPlans.set(identifierText(workflowNode.launchplanRef), workflowNode.launchplanRef);
    else if (workflowNode?.subWorkflowRef != null) visitSubWorkflow(node.id ?? "", workflowNode.subWorkflowRef);
    else if (branchNode?.ifElse != null) {
      const { case: first, other, elseNode } = branchNode.ifElse;
      const blocks = [first, ...(other ?? [])];
      for (const arm of [...blocks.map((block) => block?.thenNode), elseNode]) if (arm != null) visitNode(arm);
    } else if (arrayNode?.node != null) visitNode(arrayNode.node);
  };
  const visitSubWorkflow = (nodeId: string, id: Identifier): void => {
    const key = identifierText(id);
    const workflow = subWorkflows.get(key);
    if (workflow === undefined) errors.add(workflowReferenceNotFound(nodeId, key));
    else if (path.includes(key)) errors.add(cycleDetected(nodeId, [...path.slice(path.indexOf(key)), key]));
    else if (!done.has(key)) visitWorkflow(workflow);
  };

  visitWorkflow(primary);
  return { tasks: sortedValues(tasks), launchPlans: sortedValues(launchPlans) };
}

function sortedValues(identifiers: ReadonlyMap<string, Identifier>): readonly Identifier[] {
  return [...identifiers.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, id]) => id);
}
