import type { PodSpec, Toleration } from "../../ports/kubernetes-objects.ts";
import type { PodConfig } from "./pod-config.ts";

/** What the deployment lets a pod bear: for the resources it names, then as an interruptible one, then every pod. */
export function configuredTolerations(spec: PodSpec, interruptible: boolean, config: PodConfig): Toleration[] {
  const named = new Set(
    spec.containers.flatMap(({ resources }) => [...Object.keys(resources?.limits ?? {}), ...Object.keys(resources?.requests ?? {})]),
  );
  return [
    ...[...named].sort().flatMap((name) => config.resourceTolerations[name] ?? []),
    ...(interruptible ? config.interruptibleTolerations : []),
    ...config.defaultTolerations,
  ];
}

/** Lets a pod onto nodes that are kept for an extended resource it asks for. */
export function withExtendedResourceTolerations(spec: PodSpec, config: PodConfig): PodSpec {
  const asked = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) => Object.keys(resources?.requests ?? {}));
  const wanted = config.addTolerationsForExtendedResources.filter((name) => asked.includes(name)).sort();
  const tolerations = [...(spec.tolerations ?? [])];
  for (const key of new Set(wanted)) {
    const there = tolerations.some(
      (one) => one.key === key && one.operator === "Exists" && one.effect === "NoSchedule" && (one.value ?? "") === "",
    );
    if (!there) tolerations.push({ key, operator: "Exists", effect: "NoSchedule" });
  }
  return tolerations.length === 0 ? spec : { ...spec, tolerations };
}
