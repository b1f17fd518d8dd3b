import type { TaskContext } from "../../ports/task-plugin.ts";

/** What all that is made for an attempt is found by in a cluster. */
export const executionLabel = "execution-id";

/** A text as a label's value: lower case, `-` for whatever is no letter or digit, at most 63 characters. */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
}

/** The execution's labels, and over them those that Flyte gives to all that is made for an attempt. */
export function attemptLabels(context: TaskContext): Record<string, string> {
  const { execution, nodeId } = context.id.node;
  return {
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
