import { flyteidl } from "../../../idl/flyteidl.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { invalidArgument } from "../refusals.ts";

/** Refuses a project that is not there: the attributes of one that is not active can be read. */
export async function validateProjectExists(deps: Pick<AdminDeps, "state">, project: string): Promise<void> {
  if ((await deps.state.read.projects.get(project)) !== undefined) return;
  throw invalidArgument(`failed to validate that project [${project}] exists, err: [project [${project}] not found]`);
}

/** Refuses a project that is not there or not active. */
export async function validateProjectForUpdate(deps: Pick<AdminDeps, "state">, project: string): Promise<void> {
  const row = await deps.state.read.projects.get(project);
  if (row === undefined) {
    throw invalidArgument(`failed to validate that project [${project}] is registered, err: [project [${project}] not found]`);
  }
  if (row.state !== flyteidl.admin.Project.ProjectState.ACTIVE) throw invalidArgument(`project [${project}] is not active`);
}
