import { adminClient } from "../client/admin-client.ts";
import { connect } from "../client/connect.ts";
import { readFile } from "node:fs/promises";
import type { Settings } from "../cli/settings/settings.ts";
import { hasStatus } from "../idl/status.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import { ok, problem, warning } from "./check.ts";
import type { Check } from "./check.ts";

const patience = 3000;

/** Whether what the settings name answers, and its version. Nothing there is a problem only where somebody chose the endpoint. */
export async function checkEndpoint({ endpoint, insecure, insecureSkipVerify, caCertFilePath }: Settings): Promise<Check> {
  try {
    const caCertificate = caCertFilePath && (await readFile(caCertFilePath.value, "utf8"));
    const client = connect({
      endpoint: endpoint.value,
      insecure: insecure.value,
      insecureSkipVerify: insecureSkipVerify.value,
      timeoutMs: patience,
      connectTimeoutMs: patience,
      ...(caCertificate === undefined ? {} : { caCertificate }),
    });
    try {
      const version = (await adminClient(client).getVersion({})).controlPlaneVersion?.Version ?? "";
      return ok("endpoint", `${endpoint.value} answers${version ? `, version ${version}` : ""}`);
    } finally {
      await client.close();
    }
  } catch (error) {
    if (hasStatus(error, "UNAUTHENTICATED", "PERMISSION_DENIED"))
      return warning("endpoint", `${endpoint.value} is there but wants a login: ${messageOf(error)}`, "log in to this deployment first");
    const hint = error instanceof FlyteError ? error.hint : "see what it is with: flyte config show";
    return endpoint.source === "default"
      ? warning("endpoint", `no deployment is configured, and ${messageOf(error)}`, "start a local one with: flyte sandbox start")
      : problem("endpoint", messageOf(error), hint);
  }
}
