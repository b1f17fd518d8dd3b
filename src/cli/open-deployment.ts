import { readFileSync } from "node:fs";
import os from "node:os";
import { adminClient } from "../client/admin-client.ts";
import { connect } from "../client/connect.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import type { DeploymentFlags } from "./deployment-flags.ts";
import type { Deployment } from "./deployment.ts";
import { sandboxRuns } from "./running-sandboxes.ts";
import { resolveSettings } from "./settings/settings.ts";

/** The deployment that flags, variables and files choose; nothing is sent yet. FlyteError when a file cannot be read. */
export async function openDeployment(flags: DeploymentFlags, warn: (line: string) => void): Promise<Deployment> {
  if (flags.sandbox !== undefined) mustRun(flags.sandbox);
  const settings = await resolveSettings({ flags, environment: process.env, cwd: process.cwd(), home: os.homedir() });
  const { endpoint, insecure, insecureSkipVerify, caCertFilePath, project, domain } = settings;
  for (const line of settings.warnings) warn(line);
  const caCertificate = caCertFilePath && readCertificate(caCertFilePath.value, caCertFilePath.source);
  const client = connect({
    endpoint: endpoint.value,
    insecure: insecure.value,
    insecureSkipVerify: insecureSkipVerify.value,
    ...(caCertificate === undefined ? {} : { caCertificate }),
  });
  return {
    admin: adminClient(client),
    endpoint: endpoint.value.replace(/^dns:\/*/, ""),
    source: endpoint.source,
    project: project.value,
    domain: domain.value,
  };
}

/** A sandbox that does not run has ports that another one may have by now: nothing is to reach that in its name. */
function mustRun(name: string): void {
  if (!/^[a-z0-9][-a-z0-9]*$/.test(name)) return;
  // There may be none of that name: what follows says so.
  if (sandboxRuns(os.homedir(), name) !== false) return;
  throw new FlyteError({
    code: "SANDBOX_STOPPED",
    blame: "environment",
    message: `the sandbox "${name}" does not run`,
    hint: `start it with: flyte sandbox start${name === "flyte" ? "" : ` --name ${name}`}`,
    details: { name },
  });
}

function readCertificate(file: string, source: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FlyteError({
      code: "CERTIFICATE_UNREADABLE",
      blame: "environment",
      message: `cannot read the certificate ${file} (from ${source}): ${messageOf(error)}`,
      hint: "correct admin.caCertFilePath",
      cause: error,
    });
  }
}
