import { flyteidl } from "../../../idl/flyteidl.ts";
import type { PlatformResources } from "../../../ports/workflow-store.ts";
import { invalidArgument } from "../refusals.ts";
import { parseQuantity } from "../../../std/quantity.ts";

type Resources = flyteidl.core.Resources.$Properties;
type Entry = flyteidl.core.Resources.ResourceEntry.$Properties;
const { ResourceName } = flyteidl.core.Resources;

const platformKey = { CPU: "cpu", MEMORY: "memory", GPU: "gpu", EPHEMERAL_STORAGE: "ephemeralStorage" } as const;
type Name = keyof typeof platformKey;
const names = Object.keys(platformKey) as readonly Name[];
const conventions =
  "Please follow K8s conventions for resources https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/";

/**
 * Refuses what a task asks for beyond its own limit or the platform's (an empty platform limit allows anything). Only what
 * is requested is looked at. Amounts compare as whole numbers, rounded up. Flyte: admin's task validation.
 */
export function validateTaskResources(resources: Resources | null | undefined, platform: PlatformResources): void {
  const requests = amounts(resources?.requests ?? [], "request");
  const limits = amounts(resources?.limits ?? [], "limit");
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    const platformLimit = platform.limits[platformKey[name]];
    if (name === "GPU") {
      if (!Number.isInteger(request.amount)) throw invalidArgument(`gpu for the task must be a whole number, got: ${request.text} instead`);
      if (limit !== undefined && limit.amount !== request.amount) {
        throw invalidArgument(`For extended resource 'gpu' the default value must equal the limit value`);
      }
    } else {
      if (limit !== undefined && whole(request.amount) > whole(limit.amount)) {
        throw invalidArgument(
          `Requested ${name} default [${request.text}] is greater than the limit [${limit.text}]. Please fix your configuration`,
        );
      }
      if (limit !== undefined) refuseBeyond(name, "limit", limit, platformLimit);
    }
    refuseBeyond(name, "default", request, platformLimit);
  }
}

interface Amount {
  readonly text: string;
  readonly amount: number;
}

function refuseBeyond(name: Name, what: string, asked: Amount, platformLimit: string): void {
  const most = parseQuantity(platformLimit) ?? 0;
  if (most > 0 && whole(asked.amount) > whole(most)) {
    throw invalidArgument(
      `Requested ${name} ${what} [${asked.text}] is greater than current limit set in the platform configuration [${platformLimit}]. Please contact Flyte Admins to change these limits or consult the configuration`,
    );
  }
}

// Kubernetes' Value(): 100m and 1 CPU are the same to this check.
const whole = (amount: number): number => Math.ceil(amount - 1e-9);

function amounts(entries: readonly Entry[], what: string): Map<Name, Amount> {
  const found = new Map<Name, Amount>();
  for (const entry of entries) {
    const name = nameOf(entry);
    const text = entry.value ?? "";
    const amount = parseQuantity(text);
    if (amount === undefined)
      throw invalidArgument(`Parsing of ${ResourceName[entry.name ?? 0]} ${what} failed for value ${text}. ${conventions}`);
    if (name === undefined) continue;
    if (found.has(name)) throw invalidArgument(`duplicate ${what} of ${name}`);
    found.set(name, { text, amount });
  }
  return found;
}

const nameOf = (entry: Entry): Name | undefined => names.find((name) => ResourceName[name] === entry.name);

/**
 * What a container runs with: a request falls back to its limit, then to the platform's default; a limit to its request;
 * both are capped by the platform's limit, the request by its limit. GPU and ephemeral storage only where mentioned or
 * defaulted. Flyte: admin's execution manager.
 */
export function resourcesToRun(resources: Resources | null | undefined, platform: PlatformResources): Resources {
  const requests: Entry[] = [];
  const limits: Entry[] = [];
  for (const name of names) {
    const [request, limit] = filled(
      valueOf(resources?.requests, name),
      valueOf(resources?.limits, name),
      platform.defaults[platformKey[name]],
      platform.limits[platformKey[name]],
    );
    if (request !== "") requests.push({ name: ResourceName[name], value: request });
    if (limit !== "") limits.push({ name: ResourceName[name], value: limit });
  }
  return { requests, limits };
}

const valueOf = (entries: readonly Entry[] | null | undefined, name: Name): string => {
  const value = entries?.find((entry) => entry.name === ResourceName[name])?.value ?? "";
  return (parseQuantity(value) ?? 0) === 0 ? "" : value;
};

function filled(ownRequest: string, ownLimit: string, platformDefault: string, platformLimit: string): readonly [string, string] {
  let request = ownRequest || ownLimit || platformDefault;
  let limit = ownLimit || request;
  if ((parseQuantity(platformLimit) ?? 0) > 0) {
    request = request && least(request, platformLimit);
    limit = limit && least(limit, platformLimit);
  }
  return [request && limit ? least(request, limit) : request, limit];
}

const least = (a: string, b: string): string => ((parseQuantity(a) ?? 0) <= (parseQuantity(b) ?? 0) ? a : b);
