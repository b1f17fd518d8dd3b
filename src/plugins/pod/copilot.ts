import { flyteidl } from "../../idl/flyteidl.ts";
import type { Container, PodSpec, ResourceRequirements, Volume } from "../../ports/kubernetes-objects.ts";
import type { TaskContext } from "../../ports/task-plugin.ts";
import { dataConfigOf } from "../machinery/data-config.ts";
import { goDuration } from "../../std/go-duration.ts";
import { parseQuantity } from "../../std/quantity.ts";
import { badSpecification } from "./bad-specification.ts";
import { downloaderOf, uploaderOf } from "./copilot-config.ts";
import { environmentSources } from "./environment.ts";
import type { PodConfig } from "./pod-config.ts";

const { DataLoadingConfig, Resources, TypedInterface, VariableMap } = flyteidl.core;

/**
 * A pod whose main container has its inputs as files and leaves its outputs as files: an init container fetches the first, a
 * sidecar sends the second when the main container has ended. A pod whose task does not ask for it stays as it is. Where a task has no inputs
 * or no outputs, there is none of the two. Flyte: flytek8s/copilot.go AddCoPilotToContainer, AddCoPilotToPod.
 */
export function withCopilot(spec: PodSpec, primary: string, context: TaskContext, config: PodConfig): PodSpec {
  const wanted = dataConfigOf(context.template);
  const { coPilot } = config;
  const { inputs, outputs } = context.template.interface ?? {};
  const has = (map: flyteidl.core.VariableMap.$Properties | null | undefined): boolean => Object.keys(map?.variables ?? {}).length > 0;
  if (!wanted || (!has(inputs) && !has(outputs))) return spec;
  const sizeLimit = storageOf(context);
  const volumes: Volume[] = [];
  const mounts: { name: string; mountPath: string }[] = [];
  const copilots: Container[] = [];
  const mounted = (volume: string, mountPath: string): { name: string; mountPath: string } => {
    volumes.push({ name: volume, emptyDir: sizeLimit === undefined ? {} : { sizeLimit } });
    const mount = { name: volume, mountPath };
    mounts.push(mount);
    return mount;
  };
  if (has(outputs)) {
    const directory = wanted.outputPath || coPilot.defaultOutputPath;
    const mount = mounted(coPilot.outputVolName, directory);
    copilots.push({
      ...copilotContainer(uploaderOf(coPilot), sidecarArgs(context, directory, config), spec, config),
      volumeMounts: [mount],
      // It runs beside all others, and is told to end when they have.
      restartPolicy: "Always",
      // Of a container's first process a signal is lost that it does not listen to: nothing else starts before it does.
      lifecycle: { postStart: { exec: { command: [...coPilot.command, "ready"] } } },
    });
  }
  if (has(inputs)) {
    const directory = wanted.inputPath || coPilot.defaultInputPath;
    const mount = mounted(coPilot.inputVolName, directory);
    copilots.push({
      ...copilotContainer(downloaderOf(coPilot), downloadArgs(context, wanted, directory, config), spec, config),
      volumeMounts: [mount],
    });
  }
  return {
    ...spec,
    // The sidecar first, the fetching of inputs last: a task's own init containers do not see them, as in Flyte.
    initContainers: [...copilots.slice(0, has(outputs) ? 1 : 0), ...(spec.initContainers ?? []), ...copilots.slice(has(outputs) ? 1 : 0)],
    containers: spec.containers.map((one) =>
      one.name === primary ? { ...one, volumeMounts: [...(one.volumeMounts ?? []), ...mounts] } : one,
    ),
    volumes: [...(spec.volumes ?? []), ...volumes],
    // What the sidecar has for its uploads.
    ...(has(outputs) && { terminationGracePeriodSeconds: Math.ceil(coPilot.timeout / 1000) }),
  };
}

function copilotContainer(name: string, args: readonly string[], spec: PodSpec, config: PodConfig): Container {
  const { coPilot } = config;
  for (const [what, quantity] of [
    ["cpu", coPilot.cpu],
    ["memory", coPilot.memory],
  ]) {
    if (parseQuantity(quantity ?? "") === undefined) throw badSpecification(`coPilot.${what}: [${quantity}] is no quantity`);
  }
  const resources = { cpu: coPilot.cpu, memory: coPilot.memory };
  const envFrom = environmentSources(undefined, config);
  return {
    name,
    image: coPilot.image,
    command: coPilot.command,
    args,
    workingDir: "/",
    env: Object.entries(config.defaultEnvVars).map(([variable, value]) => ({ name: variable, value })),
    ...(envFrom.length > 0 && { envFrom }),
    resources: { requests: resources, limits: resources } satisfies ResourceRequirements,
    securityContext: securityOf(spec, config),
    terminationMessagePolicy: "FallbackToLogsOnError",
    imagePullPolicy: "IfNotPresent",
  };
}

/**
 * As little as it needs. A task's container may be anybody and its files nobody else's to read, so the copilot is root, with
 * that one right; where the pod says who its containers are, it is that.
 */
function securityOf(spec: PodSpec, { coPilot, defaultPodSecurityContext }: PodConfig): object {
  if (coPilot.securityContext) return coPilot.securityContext;
  const own = { ...defaultPodSecurityContext, ...spec.securityContext };
  const isSaid = "runAsUser" in own || "runAsNonRoot" in own;
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"], ...(!isSaid && { add: ["DAC_OVERRIDE"] }) },
    ...(!isSaid && { runAsUser: 0, runAsGroup: 0 }),
  };
}

function downloadArgs(
  context: TaskContext,
  wanted: flyteidl.core.DataLoadingConfig.$Properties,
  directory: string,
  config: PodConfig,
): readonly string[] {
  const format = wanted.format ?? DataLoadingConfig.LiteralMapFormat.JSON;
  return [
    "download",
    ...errorName,
    "--timeout",
    goDuration(config.coPilot.timeout / 1000),
    "--from-remote",
    context.inputUri,
    "--to-output-prefix",
    context.outputPrefix,
    "--to-local-dir",
    directory,
    "--format",
    DataLoadingConfig.LiteralMapFormat[format] ?? String(format),
    "--input-interface",
    Buffer.from(VariableMap.encode(context.template.interface?.inputs ?? {}).finish()).toString("base64"),
  ];
}

function sidecarArgs(context: TaskContext, directory: string, config: PodConfig): readonly string[] {
  return [
    "sidecar",
    ...errorName,
    "--timeout",
    goDuration(config.coPilot.timeout / 1000),
    "--to-raw-output",
    context.rawOutputPrefix,
    "--to-output-prefix",
    context.outputPrefix,
    "--from-local-dir",
    directory,
    "--interface",
    Buffer.from(TypedInterface.encode(context.template.interface ?? {}).finish()).toString("base64"),
  ];
}

/** What propeller reads; the copilot's own default, as Flyte's, is another, so that there a failed upload is not told. */
const errorName: readonly string[] = ["--err-output-name", "error.pb"];

/** What the node or the task asks for of storage, which bounds each of the two directories; undefined for no bound. */
function storageOf({ template, overrides }: TaskContext): string | undefined {
  const { limits, requests } = overrides.resources ?? template.container?.resources ?? {};
  const isStorage = ({ name }: flyteidl.core.Resources.ResourceEntry.$Properties): boolean => name === Resources.ResourceName.STORAGE;
  return ((limits ?? []).find(isStorage) ?? (requests ?? []).find(isStorage))?.value || undefined;
}
