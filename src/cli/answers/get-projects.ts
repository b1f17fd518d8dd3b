import { flyteidl } from "../../idl/flyteidl.ts";
import { FlyteError } from "../../std/errors.ts";
import type { Answer } from "../answer.ts";
import { projectUnknown } from "../check-scope.ts";
import type { Deployment } from "../deployment.ts";
import { listAnswer, listRequest } from "../listing.ts";
import type { ListFlags } from "../listing.ts";
import { renderFields } from "../table.ts";
import type { Table } from "../table.ts";

interface ProjectView {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly state: string;
  readonly domains: readonly string[];
}

/** All projects, or the one of this id. */
export async function getProject({ admin }: Deployment, id: string | undefined, flags: ListFlags): Promise<Answer> {
  if (id !== undefined && !/^[a-zA-Z0-9._-]+$/.test(id)) throw noProject(id);
  const filters = id === undefined ? flags.filter : [`eq(identifier,${id})`];
  const list = await admin.listProjects(listRequest({ ...flags, ...(filters ? { filter: filters } : {}) }));
  const views = (list.projects ?? []).map(projectView);
  if (id === undefined) return listAnswer(views, list.token, projectTable);
  const view = views.find((each) => each.id === id);
  if (!view)
    throw projectUnknown(
      id,
      ((await admin.listProjects({ limit: 1000 })).projects ?? []).map((each) => each.id ?? ""),
    );
  const text = (): string =>
    renderFields([
      ["project", view.id],
      ["name", view.name],
      ["state", view.state],
      ["domains", view.domains.join(", ")],
      ["description", view.description ?? ""],
    ]);
  return { data: view, text };
}

function projectView(project: flyteidl.admin.Project.$Properties): ProjectView {
  const states = flyteidl.admin.Project.ProjectState as unknown as Record<number, string>;
  return {
    id: project.id ?? "",
    name: project.name ?? "",
    description: project.description || null,
    state: states[project.state ?? 0] ?? "UNKNOWN",
    domains: (project.domains ?? []).map((domain) => domain.id ?? ""),
  };
}

function projectTable(projects: readonly ProjectView[]): Table {
  return {
    columns: ["id", "name", "state", "domains"],
    rows: projects.map((one) => [one.id, one.name, one.state, one.domains.join(", ")]),
  };
}

function noProject(id: string): FlyteError {
  return new FlyteError({
    code: "PROJECT_INVALID",
    blame: "usage",
    message: `[${id}] cannot be the id of a project`,
    hint: "list them with: flyte get project",
    details: { project: id },
  });
}
