import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { adminClient } from "../client/admin-client.ts";
import { connect } from "../client/connect.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import { isSameProcess } from "../std/process-identity.ts";
import type { DeploymentFlags } from "./client-command.ts";
import type { Deployment } from "./deployment.ts";
import { resolveSettings } from "./settings/settings.ts";

/** The deployment that flags, variables and files choose; nothing is sent yet. FlyteError when a file cannot be read. */
export async function openDeployment(flags: DeploymentFlags): Promise<Deployment> {
  if (flags.sandbox !== undefined) mustRun(flags.sandbox);
  const settings = await resolveSettings({ flags, environment: process.env, cwd: process.cwd(), home: os.homedir() });
  const { endpoint, insecure, insecureSkipVerify, caCertFilePath, project, domain } = settings;
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
  let daemon: { readonly pid?: number; readonly identity?: string } | undefined;
  try {
    const record = readFileSync(path.join(os.homedir(), ".flyte", "sandboxes", name, "sandbox.json"), "utf8");
    ({ daemon } = JSON.parse(record) as { daemon?: { pid: number; identity: string } });
  } catch {
    // There is none of that name: what follows says so.
    return;
  }
  if (daemon?.pid !== undefined && isSameProcess(daemon.pid, daemon.identity ?? "")) return;
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
