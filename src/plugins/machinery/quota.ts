import { KubernetesError } from "../../ports/kubernetes-api.ts";
import { parseQuantity } from "../../std/quantity.ts";

/** Whether a namespace's quota refused an object: `WAIT` until others have gone, or `NEVER` where it alone is more than the quota. */
export function quotaRefusal(error: KubernetesError): "WAIT" | "NEVER" | undefined {
  if (error.status !== 403 || !error.message.includes("exceeded quota")) return undefined;
  // exceeded quota: q, requested: limits.cpu=7,limits.memory=64Gi, used: limits.cpu=249, limited: limits.cpu=250,limits.memory=2000Gi
  const requested = amounts(error.message, "requested");
  const limited = amounts(error.message, "limited");
  for (const [name, amount] of requested) {
    const limit = limited.get(name);
    if (limit !== undefined && amount >= limit && /^(limits|requests)[.]/.test(name)) return "NEVER";
  }
  return "WAIT";
}

function amounts(message: string, part: string): Map<string, number> {
  const list = new RegExp(`${part}: ((?:[\\w./-]+=[\\w.]+,?)+)`).exec(message)?.[1] ?? "";
  return new Map(
    list
      .split(",")
      .map((entry) => entry.split("="))
      .map(([name = "", value = ""]) => [name, parseQuantity(value) ?? Number.NaN]),
  );
}
