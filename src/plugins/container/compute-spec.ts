import { flyteidl } from "../../idl/flyteidl.ts";
import type { LiteralMap, TaskTemplate } from "../../idl/types.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { ComputeDirectory, ComputeResources, ComputeSpec, SecretRequest } from "../../ports/compute-backend.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import type { PlatformResources } from "../../ports/workflow-store.ts";
import { parseQuantity } from "../../std/quantity.ts";
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
    readonly directories: readonly ComputeDirectory[];
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
  const resources = context.overrides.resources ?? container.resources ?? {};
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
    // What has arguments alone leaves the program to its image.
    ...(container.args?.length ? { entryPointWords: container.command?.length ?? 0 } : {}),
    env: taskEnvironment(context, own, parts.endpoints, parts.defaultEnv),
    secrets: secretsOf(context.template),
    ...(parts.directories.length > 0 && { directories: parts.directories }),
    resources: resourcesOf(resources),
    limits: limitsOf(resources, context.platformResources),
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

const names = flyteidl.core.Resources.ResourceName;

/** Requests; limits where there is no request. */
function resourcesOf({ requests, limits }: Resources): ComputeResources {
  return eachResource((name) => amountOf(requests, name) ?? amountOf(limits, name));
}

/**
 * Limits; requests where there is no limit, then what the platform gives whoever asks for nothing, all held within the
 * platform's limits. Flyte: flytek8s/container_helper.go.
 */
function limitsOf({ requests, limits }: Resources, platform: PlatformResources | undefined): ComputeResources {
  return eachResource((name, key) => {
    const wanted = amountOf(limits, name) ?? amountOf(requests, name) ?? (key === "gpu" ? undefined : platform?.defaults[key]);
    const most = platform?.limits[key];
    return most && wanted && (parseQuantity(most) ?? Infinity) < (parseQuantity(wanted) ?? 0) ? most : wanted;
  });
}

type Key = keyof ComputeResources;

function eachResource(amount: (name: flyteidl.core.Resources.ResourceName, key: Key) => string | undefined): ComputeResources {
  const keys: readonly (readonly [Key, flyteidl.core.Resources.ResourceName])[] = [
    ["cpu", names.CPU],
    ["memory", names.MEMORY],
    ["gpu", names.GPU],
  ];
  return Object.fromEntries(keys.map(([key, name]) => [key, amount(name, key)]).filter(([, value]) => value));
}

/** Undefined for none; zero is none. */
function amountOf(entries: Resources["requests"], wanted: flyteidl.core.Resources.ResourceName): string | undefined {
  return entries?.find(({ name, value }) => name === wanted && value && parseQuantity(value) !== 0)?.value ?? undefined;
}
