import type { TaskContext } from "../../ports/task-plugin.ts";
import type { PodConfig } from "./pod-config.ts";

type Texts = Readonly<Record<string, string>>;

/** Every pod of Flyte has it; what an informer selects by. */
export const executionLabel = "execution-id";

/** A text as a label's value: lower case, `-` for whatever is no letter or digit, at most 63 characters. */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
}

/** Labels of a task's object; each later source wins: the deployment's, the object's own, the task's, the execution's, Flyte's. */
export function labelsOf(context: TaskContext, own: Texts, config: PodConfig): Record<string, string> {
  const { execution, nodeId } = context.id.node;
  return {
    ...config.defaultLabels,
    ...own,
    ...context.template.metadata?.metadata?.labels,
    ...context.labels,
    [executionLabel]: execution.name,
    project: execution.project,
    domain: execution.domain,
    "workflow-name": labelValue(context.workflow.name),
    "node-id": labelValue(nodeId),
    "task-name": labelValue(context.id.task.name),
    interruptible: String(context.interruptible),
  };
}

/** Annotations likewise. */
export function annotationsOf(context: TaskContext, own: Texts, config: PodConfig): Record<string, string> {
  return { ...config.defaultAnnotations, ...own, ...context.template.metadata?.metadata?.annotations, ...context.annotations };
}

/** The namespace of an execution's pods. */
export function namespaceOf(context: TaskContext, config: PodConfig): string {
  const { project, domain } = context.id.node.execution;
  return config.namespaceMapping.replace(/\{\{\s*project\s*\}\}/g, project).replace(/\{\{\s*domain\s*\}\}/g, domain);
}
