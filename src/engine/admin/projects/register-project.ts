import { flyteidl } from "../../../idl/flyteidl.ts";
import { hasStatus } from "../../../idl/status.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { missingField, uniqueViolation } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validateProjectFields } from "./validate-project-fields.ts";

/** RegisterProject. */
export async function registerProject(deps: AdminDeps, request: flyteidl.admin.ProjectRegisterRequest.$Properties): Promise<Uint8Array> {
  const project = request.project;
  if (project == null) throw missingField("project");
  validateProjectFields(project);
  if (!project.name) throw missingField("project_name");
  await insertProject(deps, project.id ?? "", project.name, project);
  return emptyReply;
}

/** At a start: registers the projects of the settings that are not known; those known stay as they are. */
export async function registerConfiguredProjects(deps: Pick<AdminDeps, "state" | "settings">): Promise<void> {
  for (const id of deps.settings.projects) {
    if (await deps.state.read.projects.get(id)) continue;
    await insertProject(deps, id, id, {}).catch((thrown: unknown) => {
      if (!hasStatus(thrown, "ALREADY_EXISTS")) throw thrown;
    });
  }
}

async function insertProject(
  deps: Pick<AdminDeps, "state">,
  identifier: string,
  name: string,
  project: flyteidl.admin.Project.$Properties,
): Promise<void> {
  const labels = flyteidl.admin.Labels.encode(project.labels ?? {}).finish();
  await deps.state.write(async (writer) => {
    if (await writer.projects.get(identifier)) throw uniqueViolation("projects_pkey");
    await writer.projects.insert({ identifier, name, description: project.description ?? "", labels, state: project.state ?? 0 });
  });
}
