import { expect, test } from "vitest";
import { KubernetesError } from "../../ports/kubernetes-api.ts";
import { quotaRefusal } from "./quota.ts";

const forbidden = (message: string): KubernetesError => new KubernetesError(403, "Forbidden", message);
const text = (requested: string, limited: string): string =>
  `pods "p" is forbidden: exceeded quota: project-quota, requested: ${requested}, used: limits.cpu=249,limits.memory=2012730Mi, limited: ${limited}`;

test.for([
  ["limits.cpu=7,limits.memory=64Gi", "limits.cpu=250,limits.memory=2000Gi", "WAIT"],
  ["limits.cpu=300,limits.memory=64Gi", "limits.cpu=250,limits.memory=2000Gi", "NEVER"],
  ["limits.cpu=250", "limits.cpu=250", "NEVER"],
  ["requests.memory=3000Gi", "requests.memory=2Ti", "NEVER"],
  ["limits.memory=1500Mi", "limits.memory=2Gi", "WAIT"],
  ["pods=1", "pods=1", "WAIT"],
] as const)("requested %s of %s: %s", ([requested, limited, wanted]) => {
  expect(quotaRefusal(forbidden(text(requested, limited)))).toBe(wanted);
});

test("other refusals are no quota's", () => {
  expect(quotaRefusal(forbidden("pods is forbidden: User cannot create"))).toBeUndefined();
  expect(quotaRefusal(new KubernetesError(422, "Invalid", "exceeded quota"))).toBeUndefined();
});
