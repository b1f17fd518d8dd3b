import { attemptLabels } from "../machinery/attempt-labels.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import type { PodConfig } from "./pod-config.ts";

type Texts = Readonly<Record<string, string>>;

/** Labels of a task's object; each later source wins: the deployment's, the object's own, the task's, the execution's, Flyte's. */
export function labelsOf(context: TaskContext, own: Texts, config: PodConfig): Record<string, string> {
  return {
    ...config.defaultLabels,
    ...own,
    ...context.template.metadata?.metadata?.labels,
    ...attemptLabels(context),
  };
}

/** Annotations likewise. */
export function annotationsOf(context: TaskContext, own: Texts, config: PodConfig): Record<string, string> {
  return { ...config.defaultAnnotations, ...own, ...context.template.metadata?.metadata?.annotations, ...context.annotations };
}

/** The namespace of an execution's pods. */
export function namespaceOf(context: TaskContext, config: PodConfig): string {
  return namespaceIn(context.id.node.execution, config);
}

/** The namespace of the pods of a project's domain. */
export function namespaceIn({ project, domain }: { readonly project: string; readonly domain: string }, config: PodConfig): string {
  return config.namespaceMapping.replace(/\{\{\s*project\s*\}\}/g, project).replace(/\{\{\s*domain\s*\}\}/g, domain);
}
