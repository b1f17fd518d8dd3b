import { flyteidl } from "../../idl/flyteidl.ts";
import type { AdminDeps } from "./admin-deps.ts";
import { invalidArgument } from "./refusals.ts";

const active = flyteidl.admin.Project.ProjectState.ACTIVE;

/** Refuses a project that is unknown or not active, and a domain that is not configured: INVALID_ARGUMENT, as in Flyte, not NOT_FOUND. */
export async function validateProjectAndDomain(
  deps: Pick<AdminDeps, "state" | "settings">,
  project: string,
  domain: string,
): Promise<void> {
  const row = await deps.state.read.projects.get(project);
  if (row === undefined) {
    throw invalidArgument(
      `failed to validate that project [${project}] and domain [${domain}] are registered, err: [project [${project}] not found]`,
    );
  }
  if (row.state !== active) {
    const value = flyteidl.admin.InactiveProject.encode({ id: project }).finish();
    throw invalidArgument(`project [${project}] is not active`, [{ typeName: "flyteidl.admin.InactiveProject", value }]);
  }
  if (!deps.settings.domains.includes(domain)) throw invalidArgument(`domain [${domain}] is unrecognized by system`);
}
