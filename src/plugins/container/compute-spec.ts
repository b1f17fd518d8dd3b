import { flyteidl } from "../../idl/flyteidl.ts";
import type { LiteralMap, TaskTemplate } from "../../idl/types.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { ComputeSpec, SecretRequest } from "../../ports/compute-backend.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { renderTemplate, wantsInputs, wantsTaskTemplate } from "../machinery/render-template.ts";
import { taskEnvironment, type TaskEndpoints } from "./task-environment.ts";
import { templateValues } from "../machinery/template-values.ts";

type Container = NonNullable<TaskTemplate["container"]>;
type Resources = NonNullable<Container["resources"]>;

/** What an attempt's container becomes on a compute backend. RangeError, naming the placeholder, when an input has no text. */
export async function computeSpecOf(
  context: TaskContext,
  container: Container,
  parts: {
    readonly blobs: BlobStore;
    readonly sharesFiles: boolean;
    readonly endpoints: TaskEndpoints;
    readonly defaultEnv: Readonly<Record<string, string>>;
  },
): Promise<ComputeSpec> {
  const command = [...(container.command ?? []), ...(container.args ?? [])];
  const variables = container.env ?? [];
  const texts = [...command, ...variables.map((variable) => variable.value ?? "")];
  const values = await templateValues(context, parts.blobs, {
    sharesFiles: parts.sharesFiles,
    taskTemplate: texts.some(wantsTaskTemplate),
  });
  const inputs: LiteralMap | undefined = texts.some(wantsInputs) ? await context.inputs() : undefined;
  const render = (text: string): string => renderTemplate(text, values, inputs);
  const own = Object.fromEntries(variables.map(({ key, value }) => [key ?? "", render(value ?? "")]));
  const { execution, nodeId } = context.id.node;
  return {
    name: context.generatedName,
    labels: {
      project: execution.project,
      domain: execution.domain,
      execution: execution.name,
      node: nodeId,
      attempt: String(context.id.retryAttempt),
      task: context.id.task.name,
    },
    image: context.overrides.image || (container.image ?? ""),
    command: command.map(render),
    env: taskEnvironment(context, own, parts.endpoints, parts.defaultEnv),
    secrets: secretsOf(context.template),
    resources: resourcesOf(context.overrides.resources ?? container.resources ?? {}),
    // What it runs are executions of their own.
    ...(context.template.metadata?.isEager ? { waitsForOthers: true } : {}),
    ...(context.deadlineSeconds ? { timeoutSeconds: context.deadlineSeconds } : {}),
  };
}

function secretsOf(template: TaskTemplate): SecretRequest[] {
  const mounts = flyteidl.core.Secret.MountType;
  return (template.securityContext?.secrets ?? []).map((secret) => ({
    group: secret.group ?? "",
    key: secret.key ?? "",
    mount: secret.mountRequirement === mounts.FILE ? "FILE" : secret.mountRequirement === mounts.ENV_VAR ? "ENV_VAR" : "ANY",
    ...(secret.envVar ? { envVar: secret.envVar } : {}),
  }));
}

/** Requests; limits where there is no request. */
function resourcesOf(resources: Resources): ComputeSpec["resources"] {
  const names = flyteidl.core.Resources.ResourceName;
  const find = (name: flyteidl.core.Resources.ResourceName): string | undefined =>
    [...(resources.requests ?? []), ...(resources.limits ?? [])].find((entry) => entry.name === name && entry.value)?.value ?? undefined;
  const [cpu, memory, gpu] = [find(names.CPU), find(names.MEMORY), find(names.GPU)];
  return { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}), ...(gpu ? { gpu } : {}) };
}
