import type { BlobStore } from "../../ports/blob-store.ts";
import type { KubernetesApi } from "../../ports/kubernetes-api.ts";
import type { Pod, PodTemplate } from "../../ports/kubernetes-objects.ts";
import type { PluginHost, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import type { Clock } from "../../std/clock.ts";
import { dataConfigOf } from "../machinery/data-config.ts";
import { createKubernetesPlugin } from "../machinery/kubernetes-plugin.ts";
import { type LogLinkTemplate, logLinks } from "../machinery/log-links.ts";
import { readErrorDocument } from "../../ports/read-error-document.ts";
import { renderTemplate, wantsInputs, wantsTaskTemplate } from "../machinery/render-template.ts";
import { permanentFailure, type ResourcePhase } from "../machinery/resource-phase.ts";
import { templateValues } from "../machinery/template-values.ts";
import { badSpecification, BadTaskSpecification } from "./bad-specification.ts";
import { copilotPhase } from "./copilot-phase.ts";
import { buildPod, podFinalizer } from "./build-pod.ts";
import { namespaceOf } from "./labels.ts";
import type { PodConfig } from "./pod-config.ts";
import { podLogVariables } from "./pod-log-variables.ts";
import { phaseOfPod } from "./pod-phase.ts";
import { rawPodOf, sidecarType } from "./raw-pod.ts";

export interface PodPluginOptions {
  readonly host: PluginHost;
  readonly kubernetes: KubernetesApi;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly config: PodConfig;
  /** The copilot's image where the configuration names none. */
  readonly ownImage: () => Promise<string>;
  readonly logs: readonly LogLinkTemplate[];
}

/** Flyte's suffix to the names of the logs of a user's container. */
const logSuffix = " (User)";

/** Tasks that are a pod: containers, pods of their own, `sidecar` tasks; also every type nobody else claims. */
export function createPodPlugin(options: PodPluginOptions): TaskPlugin {
  const { kubernetes, clock, config } = options;
  return createKubernetesPlugin<Pod>({
    id: "pod",
    taskTypes: ["container", "python-task", "raw-container", sidecarType],
    isDefault: true,
    resource: kubernetes.pods,
    host: options.host,
    clock,
    ...(config.injectFinalizer && { finalizer: podFinalizer }),
    deleteOnFinalize: config.deleteResourceOnFinalize,
    // A copilot has an hour for its uploads, which nobody waits for any more: Kubernetes' own default for all others.
    graceSecondsOf: (context) => (dataConfigOf(context.template) ? 30 : undefined),
    namespaceOf: (context) => namespaceOf(context, config),
    build: (context) => podOf(options, context),
    phase: async (pod, context) => {
      const any = phaseOfPod(pod, clock.now(), config);
      const found = any && dataConfigOf(context.template) ? copilotPhase(pod, any, config.coPilot) : any;
      return found?.phase === "RETRYABLE_FAILURE" && found.error?.kind === "USER" ? await told(options, context, found) : found;
    },
    deletionReason: disruptionOf,
    logs: (pod, context) =>
      pod.status?.phase === "Unknown" ? [] : logLinks(options.logs, context, podLogVariables(pod, clock.now()), logSuffix),
  });
}

/** What drains nodes, taints them or needs their room writes down why it has deleted a pod. */
function disruptionOf({ status }: Pod): string {
  const told = status?.conditions?.find(({ type, status: holds }) => type === "DisruptionTarget" && holds === "True");
  return told === undefined ? "" : `${told.reason ?? ""}: ${told.message ?? ""}`;
}

async function podOf(options: PodPluginOptions, context: TaskContext): Promise<Pod | ResourcePhase> {
  try {
    const config = dataConfigOf(context.template) ? await withCopilotImage(options) : options.config;
    const raw = rawPodOf(context, config);
    const all = [...raw.spec.containers, ...(raw.spec.initContainers ?? [])];
    const texts = all.flatMap(({ command, args }) => [...(command ?? []), ...(args ?? [])]);
    const values = {
      ...(await templateValues(context, options.blobs, { sharesFiles: false, taskTemplate: texts.some(wantsTaskTemplate) })),
      namespace: namespaceOf(context, config),
    };
    const inputs = texts.some(wantsInputs) ? await context.inputs() : undefined;
    const template = await baseTemplate(options, context);
    return buildPod(raw, context, { render: (text) => renderTemplate(text, values, inputs), template, config });
  } catch (error) {
    if (error instanceof BadTaskSpecification || error instanceof RangeError)
      return permanentFailure("BadTaskSpecification", error.message);
    throw error;
  }
}

async function withCopilotImage({ config, ownImage }: PodPluginOptions): Promise<PodConfig> {
  return config.coPilot.image === "" ? { ...config, coPilot: { ...config.coPilot, image: await ownImage() } } : config;
}

/** The template the task names, which must exist, or the deployment's; in the execution's namespace, else in propeller's. */
async function baseTemplate({ kubernetes, config }: PodPluginOptions, context: TaskContext): Promise<PodTemplate | undefined> {
  const wanted = context.template.metadata?.podTemplateName;
  const name = wanted || config.defaultPodTemplateName;
  if (!name) return undefined;
  const found =
    (await kubernetes.podTemplates.find(namespaceOf(context, config), name)) ??
    (config.propellerNamespace ? await kubernetes.podTemplates.find(config.propellerNamespace, name) : undefined);
  if (!found && wanted) throw badSpecification(`PodTemplate '${name}' does not exist`);
  return found;
}

/** A task that was told to fail on errors, or that died after it wrote one, has said more than its exit code does. */
async function told({ blobs }: PodPluginOptions, context: TaskContext, found: ResourcePhase): Promise<ResourcePhase> {
  const document = await readErrorDocument(blobs, `${context.outputPrefix}/error.pb`);
  if (!document) return found;
  // Of a program that failed, the copilot misses outputs that nobody expects; but what the program said itself it hands on.
  const { code, message } = document.error;
  if (code === "OutputUploadFailed" && !message.startsWith("User Error: ")) return found;
  return { ...found, phase: document.recoverable ? "RETRYABLE_FAILURE" : "PERMANENT_FAILURE", error: document.error };
}
