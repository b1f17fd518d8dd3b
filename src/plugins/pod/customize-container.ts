import type { Container, ResourceRequirements } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { environmentOf, environmentSources } from "./environment.ts";
import type { PodConfig } from "./pod-config.ts";
import { withPlatformResources } from "./platform-resources.ts";
import { type ResourceMode, resolveResources } from "./resources.ts";

/** What every container of a task is given: a rendered command, the task's environment, resources within the platform's limits. */
export function customizeContainer(
  container: Container,
  context: TaskContext,
  parts: {
    readonly render: (text: string) => string;
    readonly mode: ResourceMode;
    readonly overrides: ResourceRequirements;
    readonly template: ResourceRequirements | undefined;
    readonly config: PodConfig;
  },
): Container {
  const { render, config } = parts;
  const sources = { overrides: parts.overrides, ...(parts.template && { template: parts.template }) };
  const envFrom = environmentSources(container.envFrom, config);
  return {
    ...container,
    ...(container.command && { command: container.command.map(render) }),
    ...(container.args && { args: container.args.map(render) }),
    env: environmentOf(context, container.env ?? [], config),
    ...(envFrom.length > 0 && { envFrom }),
    resources: resolveResources(container.resources ?? {}, sources, parts.mode, withPlatformResources(context, config)),
  };
}
