import type { AdminClient } from "../client/admin-client.ts";
import { StatusError } from "../idl/status.ts";
import { FlyteError } from "../std/errors.ts";
import { choicesHint } from "./nearest-word.ts";
import type { Scope } from "./target.ts";

/**
 * Throws FlyteError PROJECT_UNKNOWN or DOMAIN_UNKNOWN, with what there is, when the deployment has no such project or domain:
 * to be asked when nothing was found. A deployment that does not tell its projects is believed.
 */
export async function checkScope(admin: AdminClient, { project, domain }: Scope): Promise<void> {
  const listed = async (filters: string) => (await admin.listProjects({ limit: 1000, filters, sortBy: byName })).projects ?? [];
  try {
    // A filter by name finds archived ones too, which a list leaves out.
    const own = /^[\w.-]+$/.test(project) ? (await listed(`eq(identifier,${project})`)).find(({ id }) => id === project) : undefined;
    if (!own)
      throw projectUnknown(
        project,
        (await listed("")).map(({ id }) => id ?? ""),
      );
    const domains = (own.domains ?? []).map(({ id }) => id ?? "");
    if (!domains.includes(domain)) throw domainUnknown(project, domain, domains);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}

const byName = { key: "identifier", direction: 1 } as const;

/** The error for a project that is none of `projects`. */
export function projectUnknown(project: string, projects: readonly string[]): FlyteError {
  return new FlyteError({
    code: "PROJECT_UNKNOWN",
    blame: "deployment",
    message: `there is no project [${project}]`,
    hint: choicesHint(project, "projects", projects),
    details: { project, projects },
  });
}

function domainUnknown(project: string, domain: string, domains: readonly string[]): FlyteError {
  return new FlyteError({
    code: "DOMAIN_UNKNOWN",
    blame: "deployment",
    message: `project [${project}] has no domain [${domain}]`,
    hint: choicesHint(domain, "domains", domains),
    details: { project, domain, domains },
  });
}
