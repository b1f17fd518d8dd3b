import type { Container, PodSpec, PodTemplate, ResourceRequirements } from "../../ports/kubernetes-objects.ts";
import { mergeOver } from "./merge.ts";

/** What a template's containers are called that stand for all, or for the main one. */
interface Stand {
  readonly every: string;
  readonly primary: string;
}
const normal: Stand = { every: "default", primary: "primary" };
const init: Stand = { every: "default-init", primary: "primary-init" };

/**
 * A pod upon its template. Of the template's containers only those survive that stand for one of the pod's: `default` for
 * all, `primary` for the main one, and those of the same name, each over the one before, the pod's own over all.
 * Flyte: flytek8s/pod_helper.go MergeBasePodSpecOntoTemplate.
 */
export function mergeOntoTemplate(template: PodSpec, spec: PodSpec, primary: string, primaryInit = ""): PodSpec {
  const merged = mergeOver(template, spec);
  const containers = spec.containers.map((one) => mergeContainer(template.containers ?? [], one, primary, normal));
  const initContainers = spec.initContainers?.map((one) => mergeContainer(template.initContainers ?? [], one, primaryInit, init));
  const { initContainers: _template, ...rest } = merged;
  return { ...rest, containers, ...(initContainers && { initContainers }) };
}

function mergeContainer(templates: readonly Container[], own: Container, primary: string, stand: Stand): Container {
  const sources = [
    ...templates.filter((one) => one.name === stand.every),
    ...(own.name === primary ? templates.filter((one) => one.name === stand.primary) : []),
    ...templates.filter((one) => one.name === own.name && one.name !== stand.every && one.name !== stand.primary),
    own,
  ];
  return sources.reduce((merged, source) => mergeOver(merged, source));
}

/** What a template says a container may use: by its name, else by the stand-ins, the main one first. */
export function templateResources(
  template: PodTemplate | undefined,
  name: string,
  kind: "normal" | "init",
): ResourceRequirements | undefined {
  const spec = template?.template?.spec;
  const containers = (kind === "init" ? spec?.initContainers : spec?.containers) ?? [];
  const stand = kind === "init" ? init : normal;
  for (const wanted of [name, stand.primary, stand.every]) {
    const found = containers.find((one) => one.name === wanted);
    if (found) return found.resources;
  }
  return undefined;
}
