import type { Container, EnvVar } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { executionVariables, taskVariables } from "../machinery/identity-variables.ts";
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

function identityOf(context: TaskContext, consoleUrl: string | undefined): EnvVar[] {
  const { id, template } = context;
  return variables({
    ...executionVariables(context),
    ...(consoleUrl && template.config?.["link_type"] !== undefined && { FLYTE_EXECUTION_URL: pageOf(consoleUrl, id) }),
    ...taskVariables(context),
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
