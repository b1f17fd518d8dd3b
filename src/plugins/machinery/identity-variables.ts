import type { TaskContext } from "../../ports/task-plugin.ts";

/** Of which execution a task is, by Flyte's names. Flyte: flytek8s/k8s_resource_adds.go GetExecutionEnvVars. */
export function executionVariables({ id, workflow }: TaskContext): Record<string, string> {
  const { project, domain, name } = id.node.execution;
  return {
    FLYTE_INTERNAL_EXECUTION_WORKFLOW: `${workflow.project}:${workflow.domain}:${workflow.name}`,
    FLYTE_INTERNAL_EXECUTION_ID: name,
    FLYTE_INTERNAL_EXECUTION_PROJECT: project,
    FLYTE_INTERNAL_EXECUTION_DOMAIN: domain,
    FLYTE_ATTEMPT_NUMBER: String(id.retryAttempt),
  };
}

/** Which task it is, by Flyte's names and by the older ones that flytekit still reads. */
export function taskVariables({ id: { task } }: TaskContext): Record<string, string> {
  return {
    FLYTE_INTERNAL_TASK_PROJECT: task.project,
    FLYTE_INTERNAL_TASK_DOMAIN: task.domain,
    FLYTE_INTERNAL_TASK_NAME: task.name,
    FLYTE_INTERNAL_TASK_VERSION: task.version,
    FLYTE_INTERNAL_PROJECT: task.project,
    FLYTE_INTERNAL_DOMAIN: task.domain,
    FLYTE_INTERNAL_NAME: task.name,
    FLYTE_INTERNAL_VERSION: task.version,
  };
}
