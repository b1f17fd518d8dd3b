import { structJson } from "../../idl/json/well-known-json.ts";
import type { Container, EnvVar, PodSpec } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { badSpecification } from "./bad-specification.ts";
import type { PodConfig } from "./pod-config.ts";
import { resourcesOfTask } from "./resources.ts";

/** A pod as the task asks for it, before anything of the deployment. */
export interface RawPod {
  readonly spec: PodSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The container whose end is the task's. */
  readonly primary: string;
}

/** The task type whose pod is in the task's custom part, in its first two versions. */
export const sidecarType = "sidecar";
/** Key of a task's config, and annotation of its pod. */
export const primaryContainerKey = "primary_container_name";

/**
 * What a task says of its pod: one container, a pod of its own, or the `sidecar` tasks of old. A pod template on the node
 * replaces it whole. Throws a bad specification. Flyte: plugins/k8s/pod/plugin.go, flytek8s/pod_helper.go BuildRawPod.
 */
export function rawPodOf(context: TaskContext, config: PodConfig): RawPod {
  const { template } = context;
  if (template.type === sidecarType) {
    if ((template.taskTypeVersion ?? 0) === 0) return sidecarJob(template.custom);
    if (template.taskTypeVersion === 1) {
      const metadata = template.k8sPod?.metadata;
      return {
        spec: podSpecOf(template.custom, "the task's custom part"),
        labels: metadata?.labels ?? {},
        annotations: metadata?.annotations ?? {},
        primary: primaryOf(template.config),
      };
    }
  }
  const own = ownPod(context, config);
  const override = context.overrides.podTemplate;
  if (override?.podSpec == null) return own;
  return {
    spec: podSpecOf(override.podSpec, "the node's pod template"),
    labels: { ...own.labels, ...override.metadata?.labels },
    annotations: { ...own.annotations, ...override.metadata?.annotations },
    primary: override.primaryContainerName ?? "",
  };
}

function ownPod(context: TaskContext, config: PodConfig): RawPod {
  const { container, k8sPod, config: settings } = context.template;
  if (container != null) {
    const primary = containerNameOf(context.generatedName);
    return { spec: { containers: [containerOf(container, primary, config)] }, labels: {}, annotations: {}, primary };
  }
  if (k8sPod == null) throw badSpecification("invalid TaskSpecification, unable to determine Pod configuration");
  if (k8sPod.podSpec == null) {
    throw badSpecification("Pod tasks with task type version > 1 should specify their target as a K8sPod with a defined pod spec");
  }
  const { labels, annotations } = k8sPod.metadata ?? {};
  return {
    spec: podSpecOf(k8sPod.podSpec, "the task's pod"),
    labels: labels ?? {},
    annotations: annotations ?? {},
    primary: primaryOf(settings),
  };
}

function containerOf(container: NonNullable<TaskContext["template"]["container"]>, name: string, config: PodConfig): Container {
  const env: EnvVar[] = (container.env ?? []).map(({ key, value }) => ({ name: key ?? "", value: value ?? "" }));
  return {
    name,
    image: container.image ?? "",
    command: container.command ?? [],
    args: container.args ?? [],
    env,
    resources: resourcesOfTask(container.resources, config),
    terminationMessagePolicy: "FallbackToLogsOnError",
    ...(config.imagePullPolicy && { imagePullPolicy: config.imagePullPolicy }),
  };
}

/** A container's name is a label of 63 characters without dots, which a pod's name need not be. */
function containerNameOf(generatedName: string): string {
  const name = generatedName.replaceAll(".", "-").slice(0, 63).replace(/-+$/, "");
  return name === "" ? "main" : name;
}

function sidecarJob(custom: object | null | undefined): RawPod {
  // Go's JSON takes a field's name in any case, and so does what was written for it.
  const fields = new Map(
    Object.entries(custom == null ? {} : asObject(structJson(custom))).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const spec = fields.get("podspec");
  if (spec == null) throw badSpecification("invalid TaskSpecification, nil PodSpec");
  const primary = fields.get("primarycontainername");
  return {
    spec: checkedSpec(spec, "the sidecar job's pod"),
    labels: textsOf(fields.get("labels")),
    annotations: textsOf(fields.get("annotations")),
    primary: typeof primary === "string" ? primary : "",
  };
}

function podSpecOf(struct: object | null | undefined, where: string): PodSpec {
  return checkedSpec(struct == null ? undefined : structJson(struct), where);
}

/** Only what we read ourselves is looked at; the API server judges the rest. */
function checkedSpec(json: unknown, where: string): PodSpec {
  const spec = asObject(json);
  const lists: readonly string[] = ["containers", "initContainers", "volumes", "tolerations"];
  for (const key of lists) {
    const list = spec[key];
    if (list === undefined && key !== "containers") continue;
    if (!Array.isArray(list) || list.some((one) => typeof one !== "object" || one === null)) {
      throw badSpecification(`${where} has no list of objects as ${key}`);
    }
  }
  return spec as unknown as PodSpec;
}

function asObject(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : {};
}

function textsOf(json: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(asObject(json)).map(([key, value]) => [key, String(value)]));
}

function primaryOf(settings: Readonly<Record<string, string>> | null | undefined): string {
  const name = settings?.[primaryContainerKey];
  if (name === undefined) throw badSpecification(`invalid TaskSpecification, config missing [${primaryContainerKey}] key`);
  return name;
}
