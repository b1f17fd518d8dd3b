import type { Container, EnvVar } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import type { PodConfig } from "./pod-config.ts";

/**
 * The variables of a container, in Flyte's order: of a name that comes twice the last wins. The task's own, who runs it, the
 * execution's, the deployment's. Flyte: flytek8s/k8s_resource_adds.go DecorateEnvVars.
 */
export function environmentOf(context: TaskContext, own: readonly EnvVar[], config: PodConfig): EnvVar[] {
  return [...own, ...identityOf(context, config.consoleUrl), ...variables(context.env), ...variables(config.defaultEnvVars)];
}

/** Whole config maps and secrets as variables; absent ones are no error. */
export function environmentSources(own: Container["envFrom"], config: PodConfig): readonly object[] {
  const secrets = config.defaultEnvFromSecrets.map((name) => ({ secretRef: { name, optional: true } }));
  const configMaps = config.defaultEnvFromConfigMaps.map((name) => ({ configMapRef: { name, optional: true } }));
  return [...(own ?? []), ...secrets, ...configMaps];
}

function identityOf({ id, workflow, template }: TaskContext, consoleUrl: string | undefined): EnvVar[] {
  const { task } = id;
  const { project, domain, name } = id.node.execution;
  return variables({
    FLYTE_INTERNAL_EXECUTION_WORKFLOW: `${workflow.project}:${workflow.domain}:${workflow.name}`,
    FLYTE_INTERNAL_EXECUTION_ID: name,
    FLYTE_INTERNAL_EXECUTION_PROJECT: project,
    FLYTE_INTERNAL_EXECUTION_DOMAIN: domain,
    FLYTE_ATTEMPT_NUMBER: String(id.retryAttempt),
    ...(consoleUrl && template.config?.["link_type"] !== undefined && { FLYTE_EXECUTION_URL: pageOf(consoleUrl, id) }),
    FLYTE_INTERNAL_TASK_PROJECT: task.project,
    FLYTE_INTERNAL_TASK_DOMAIN: task.domain,
    FLYTE_INTERNAL_TASK_NAME: task.name,
    FLYTE_INTERNAL_TASK_VERSION: task.version,
    FLYTE_INTERNAL_PROJECT: task.project,
    FLYTE_INTERNAL_DOMAIN: task.domain,
    FLYTE_INTERNAL_NAME: task.name,
    FLYTE_INTERNAL_VERSION: task.version,
  });
}

/** Where the console shows the node. */
function pageOf(consoleUrl: string, { node }: TaskContext["id"]): string {
  const { project, domain, name } = node.execution;
  return `${consoleUrl.replace(/\/+$/, "")}/projects/${project}/domains/${domain}/executions/${name}/nodeId/${node.nodeId}/nodes`;
}

function variables(values: Readonly<Record<string, string>>): EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
