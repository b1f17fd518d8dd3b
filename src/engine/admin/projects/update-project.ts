import { flyteidl } from "../../../idl/flyteidl.ts";
import { missingEntity } from "../../events/event-refusals.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { emptyReply } from "../reply.ts";
import { validateProjectFields } from "./validate-project-fields.ts";

/** UpdateProject: what is left empty stays, but the state, which is always set (clients archive by sending little else). */
export async function updateProject(deps: AdminDeps, project: flyteidl.admin.Project.$Properties): Promise<Uint8Array> {
  validateProjectFields(project);
  const identifier = project.id ?? "";
  const labels =
    Object.keys(project.labels?.values ?? {}).length > 0 ? flyteidl.admin.Labels.encode(project.labels ?? {}).finish() : undefined;
  await deps.state.write(async (writer) => {
    const row = await writer.projects.get(identifier);
    if (row === undefined) throw missingEntity("project", `[${identifier}]`);
    await writer.projects.update({
      identifier,
      name: project.name || row.name,
      description: project.description || row.description,
      labels: labels ?? row.labels,
      state: project.state ?? 0,
    });
  });
  return emptyReply;
}
