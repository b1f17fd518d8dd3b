import { flyteidl } from "../../idl/flyteidl.ts";
import type { TaskTemplate } from "../../idl/types.ts";
import type { ResourceList, ResourceRequirements } from "../../ports/kubernetes-objects.ts";
import { parseQuantity } from "../../std/quantity.ts";
import { badSpecification } from "./bad-specification.ts";
import type { PodConfig } from "./pod-config.ts";

type Resources = NonNullable<NonNullable<TaskTemplate["container"]>["resources"]>;
type Writable = { readonly requests: Record<string, string>; readonly limits: Record<string, string> };

/** `MERGE` gives the container what it lacks, from the platform too; `RANGE` only holds it within the platform's limits. */
export type ResourceMode = "MERGE" | "RANGE";

const names = flyteidl.core.Resources.ResourceName;

const amount = (quantity: string | undefined): number => (quantity === undefined ? 0 : (parseQuantity(quantity) ?? 0));
const isMore = (a: string, b: string): boolean => amount(a) > amount(b);

/** A task's resources by Kubernetes' names; zeros are none. Throws a bad specification for what is no quantity. */
export function resourcesOfTask(resources: Resources | null | undefined, config: PodConfig): ResourceRequirements {
  return { requests: listOf(resources?.requests ?? [], config), limits: listOf(resources?.limits ?? [], config) };
}

function listOf(entries: NonNullable<Resources["requests"]>, config: PodConfig): ResourceList {
  const byName = new Map<flyteidl.core.Resources.ResourceName | null | undefined, string>([
    [names.CPU, "cpu"],
    [names.MEMORY, "memory"],
    [names.GPU, config.gpuResourceName],
    [names.EPHEMERAL_STORAGE, "ephemeral-storage"],
  ]);
  const list: Record<string, string> = {};
  for (const { name, value } of entries) {
    const key = byName.get(name);
    const number = parseQuantity(value ?? "");
    if (number === undefined) throw badSpecification(`[${value ?? ""}] is no quantity of ${key ?? "a resource"}`);
    if (key !== undefined && number !== 0) list[key] = value ?? "";
  }
  return list;
}

/**
 * What a container asks for in the end: the node's overrides, the container's own, the pod template's, the platform's, in
 * this order, all held within the platform's limits. Flyte: flytek8s/container_helper.go.
 */
export function resolveResources(
  own: ResourceRequirements,
  sources: { readonly overrides?: ResourceRequirements; readonly template?: ResourceRequirements },
  mode: ResourceMode,
  config: PodConfig,
): ResourceRequirements {
  const named = withGpuName(own, config);
  const overrides = mode === "MERGE" ? sources.overrides : undefined;
  const result: Writable = {
    requests: { ...sources.template?.requests, ...named.requests, ...overrides?.requests },
    limits: { ...sources.template?.limits, ...named.limits, ...overrides?.limits },
  };
  const platform: Required<PodConfig["platformResources"]> = {
    requests: { cpu: config.defaultCpus, memory: config.defaultMemory, ...config.platformResources.requests },
    limits: config.platformResources.limits ?? {},
  };
  for (const name of ["cpu", "memory", "ephemeral-storage", config.gpuResourceName]) {
    const mentioned = name in result.requests || name in result.limits;
    if (!mentioned && (mode === "RANGE" || (name !== "cpu" && name !== "memory"))) continue;
    const wanted = { request: result.requests[name], limit: result.limits[name] };
    const platformLimit = platform.limits[name];
    const { request, limit } = mode === "MERGE" ? adjust(wanted, platform.requests[name], platformLimit) : inRange(wanted, platformLimit);
    // A quantity of zero says nothing, and a limit of zero would stop the container.
    if (request !== undefined) result.requests[name] = request;
    if (limit !== undefined) result.limits[name] = limit;
  }
  return { ...named, ...result };
}

interface Pair {
  readonly request: string | undefined;
  readonly limit: string | undefined;
}

/** Request and limit stand in for each other, then the platform's default; both are capped by the platform's limit, the request by the limit. */
export function adjust(wanted: Pair, platformDefault: string | undefined, platformLimit: string | undefined): Pair {
  const [ownRequest, ownLimit] = [nonZero(wanted.request), nonZero(wanted.limit)];
  const request = ownRequest ?? ownLimit ?? platformDefault;
  return inRange({ request, limit: ownLimit ?? request }, platformLimit);
}

function inRange(wanted: Pair, platformLimit: string | undefined): Pair {
  const limit = capped(wanted.limit, platformLimit);
  return { request: capped(capped(wanted.request, platformLimit), limit), limit };
}

function capped(value: string | undefined, limit: string | undefined): string | undefined {
  if (value === undefined || amount(value) === 0 || amount(limit) === 0) return value;
  return limit !== undefined && isMore(value, limit) ? limit : value;
}

function nonZero(quantity: string | undefined): string | undefined {
  return amount(quantity) === 0 ? undefined : quantity;
}

/** Flyte's short name for GPUs in a pod spec becomes the resource's own. */
function withGpuName(resources: ResourceRequirements, config: PodConfig): ResourceRequirements {
  const rename = (list: ResourceList | undefined): ResourceList | undefined => {
    const gpu = list?.["gpu"];
    if (list === undefined || gpu === undefined) return list;
    const rest = Object.fromEntries(Object.entries(list).filter(([name]) => name !== "gpu"));
    return { ...rest, [config.gpuResourceName]: gpu };
  };
  const [requests, limits] = [rename(resources.requests), rename(resources.limits)];
  return { ...resources, ...(requests && { requests }), ...(limits && { limits }) };
}
