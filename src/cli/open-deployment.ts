import { readFile } from "node:fs/promises";
import os from "node:os";
import { adminClient } from "../client/admin-client.ts";
import { connect } from "../client/connect.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import type { DeploymentFlags } from "./client-command.ts";
import type { Deployment } from "./deployment.ts";
import { resolveSettings } from "./settings/settings.ts";

/** The deployment that flags, variables and files choose; nothing is sent yet. FlyteError when a file cannot be read. */
export async function openDeployment(flags: DeploymentFlags): Promise<Deployment> {
  const settings = await resolveSettings({ flags, environment: process.env, cwd: process.cwd(), home: os.homedir() });
  const { endpoint, insecure, insecureSkipVerify, caCertFilePath, project, domain } = settings;
  const caCertificate = caCertFilePath && (await readCertificate(caCertFilePath.value, caCertFilePath.source));
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

async function readCertificate(file: string, source: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
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
