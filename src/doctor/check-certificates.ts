import { accessSync, constants } from "node:fs";
import { ok, warning } from "./check.ts";
import type { Check, Environment } from "./check.ts";

/** What NODE_EXTRA_CA_CERTS costs, or that it names nothing. */
export function checkCertificates(environment: Environment): Check {
  const file = environment["NODE_EXTRA_CA_CERTS"];
  if (!file) return ok("certificates", "NODE_EXTRA_CA_CERTS is not set");
  try {
    accessSync(file, constants.R_OK);
  } catch {
    return warning("certificates", `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read: Node ignores it`, "correct or unset it");
  }
  return ok(
    "certificates",
    `NODE_EXTRA_CA_CERTS is ${file}`,
    "it adds some 35 ms to each command; where only local deployments are spoken to, unset it",
  );
}
