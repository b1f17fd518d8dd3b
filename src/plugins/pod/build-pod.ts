import type { Pod, PodSpec, PodTemplate } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { badSpecification } from "./bad-specification.ts";
import { withCopilot } from "./copilot.ts";
import { downloaderOf } from "./copilot-config.ts";
import { customizeContainer } from "./customize-container.ts";
import { withGpuSelectors } from "./gpu-selectors.ts";
import { annotationsOf, labelsOf, namespaceOf } from "./labels.ts";
import { mergeOver } from "./merge.ts";
import type { PodConfig } from "./pod-config.ts";
import { withPodDefaults } from "./pod-defaults.ts";
import { mergeOntoTemplate, templateResources } from "./pod-template.ts";
import { primaryContainerKey, type RawPod, sidecarType } from "./raw-pod.ts";
import { resourcesOfTask } from "./resources.ts";
import { withSecrets } from "./secrets.ts";
import { withSharedMemory } from "./shared-memory.ts";
import { withExtendedResourceTolerations } from "./tolerations.ts";

/** Ours to take off before a pod may vanish. Flyte's name. */
export const podFinalizer = "flyte.org/finalizer-k8s";

/**
 * The pod of an attempt, by the steps of Flyte in Flyte's order: what the task asks for, each container made the deployment's,
 * the copilot, the pod's defaults, the base template below it all, accelerators and shared memory, the node's image, secrets. `render`
 * replaces the placeholders of commands. Throws a bad specification. Flyte: flytek8s/pod_helper.go ApplyFlytePodConfiguration.
 */
export function buildPod(
  raw: RawPod,
  context: TaskContext,
  parts: { readonly render: (text: string) => string; readonly template: PodTemplate | undefined; readonly config: PodConfig },
): Pod {
  const { template, config } = parts;
  const { primary } = raw;
  if (!raw.spec.containers.some((one) => one.name === primary)) {
    throw badSpecification(`invalid TaskSpecification, primary container [${primary}] not defined`);
  }
  const own = withPodDefaults(withCopilot(customized(raw, context, parts), primary, context, config), primary, context, config);
  const templateSpec = template?.template?.spec;
  const merged = templateSpec ? mergeOntoTemplate(templateSpec, own, primary, downloaderOf(config.coPilot)) : own;
  const wanted = { ...context.template.extendedResources, ...definedOf(context.overrides.extendedResources) };
  const spec = withExtendedResourceTolerations(
    withImage(withSharedMemory(withGpuSelectors(merged, wanted.gpuAccelerator, config), primary, wanted.sharedMemory), primary, context),
    config,
  );
  const metadata = mergeOver(
    { labels: template?.template?.metadata?.labels ?? {}, annotations: template?.template?.metadata?.annotations ?? {} },
    { labels: raw.labels, annotations: raw.annotations },
  );
  // The main container's end is the pod's where the others are helpers; a lone container's end need not wait for the pod's.
  const ends = context.template.type === sidecarType || spec.containers.length === 1;
  const annotations = { ...metadata.annotations, ...(ends && { [primaryContainerKey]: primary }) };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: context.generatedName,
      namespace: namespaceOf(context, config),
      labels: labelsOf(context, metadata.labels, config),
      annotations: annotationsOf(context, annotations, config),
      ...(config.injectFinalizer && { finalizers: [podFinalizer] }),
    },
    spec: withSecrets(spec, context.template.securityContext?.secrets ?? []),
  };
}

function customized(raw: RawPod, context: TaskContext, parts: Parameters<typeof buildPod>[2]): PodSpec {
  const overrides = resourcesOfTask(context.overrides.resources, parts.config);
  const shared = { render: parts.render, overrides, config: parts.config };
  return {
    ...raw.spec,
    ...(raw.spec.initContainers && {
      initContainers: raw.spec.initContainers.map((one) =>
        customizeContainer(one, context, { ...shared, mode: "MERGE", template: templateResources(parts.template, one.name, "init") }),
      ),
    }),
    containers: raw.spec.containers.map((one) =>
      customizeContainer(one, context, {
        ...shared,
        mode: one.name === raw.primary ? "MERGE" : "RANGE",
        template: templateResources(parts.template, one.name, "normal"),
      }),
    ),
  };
}

function withImage(spec: PodSpec, primary: string, { overrides }: TaskContext): PodSpec {
  const { image } = overrides;
  if (!image) return spec;
  return { ...spec, containers: spec.containers.map((one) => (one.name === primary ? { ...one, image } : one)) };
}

function definedOf<T extends object>(message: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(message ?? {}).filter(([, value]) => value != null)) as Partial<T>;
}
