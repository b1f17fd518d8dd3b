import { flyteidl } from "../idl/flyteidl.ts";
import { structJson } from "../idl/json/well-known-json.ts";
import type { JsonValue } from "../idl/json/json-value.ts";
import type { CompiledTask, TaskTemplate } from "../idl/types.ts";
import { invalidValue, unrecognizedValue, valueRequired } from "./compile-error-texts.ts";
import { CompileErrors } from "./compile-errors.ts";

/** The task as it is (the same object), or all that is wrong with its container or pod. */
export function compileTask(template: TaskTemplate): { readonly task: CompiledTask } | { readonly errors: CompileErrors } {
  const errors = new CompileErrors();
  if (template.id == null) errors.add(valueRequired("root", "Id"));
  if (template.container != null) checkContainer(template, template.container, errors);
  else if (template.k8sPod != null) checkPod(template.k8sPod, errors);
  return errors.any ? { errors } : { task: { template } };
}

function checkContainer(template: TaskTemplate, container: flyteidl.core.Container.$Properties, errors: CompileErrors): void {
  const { inputs, outputs } = template.interface ?? {};
  const hasVariables = Object.keys(inputs?.variables ?? {}).length > 0 || Object.keys(outputs?.variables ?? {}).length > 0;
  // What has inputs or outputs must be told where they are.
  if (hasVariables && !container.command?.length && !container.args?.length) errors.add(valueRequired("container", "command"));
  if (!container.image) errors.add(valueRequired("container", "image"));
  for (const entry of [...(container.resources?.requests ?? []), ...(container.resources?.limits ?? [])]) {
    const name = flyteidl.core.Resources.ResourceName[entry.name ?? 0] ?? String(entry.name);
    if (!isQuantity(entry.value ?? "")) errors.add(unrecognizedValue(`resources.${name}`, entry.value ?? ""));
  }
}

/** Whether Kubernetes reads the text as a quantity, e.g. `500m`, `1.5Gi`, `1e3`. */
function isQuantity(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(text);
}

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

function checkPod(pod: flyteidl.core.K8sPod.$Properties, errors: CompileErrors): void {
  const names = pod.podSpec == null ? undefined : containerNames(structJson(pod.podSpec));
  if (names === undefined) errors.add(invalidValue("root", "k8s pod spec"));
  else if (!names.every((name) => dnsLabel.test(name))) errors.add(invalidValue("root", "k8s pod spec container name"));
}

/** Undefined when the value is no pod spec; a container without a name has the empty one. */
function containerNames(spec: JsonValue): readonly string[] | undefined {
  const containers = isObject(spec) ? (spec["containers"] ?? []) : undefined;
  if (!Array.isArray(containers)) return undefined;
  const names = (containers as readonly JsonValue[]).map((container) => (isObject(container) ? (container["name"] ?? "") : undefined));
  return names.every((name) => typeof name === "string") ? names : undefined;
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
