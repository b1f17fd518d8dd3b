import { flyteidl } from "../../idl/flyteidl.ts";
import { FlyteError } from "../../std/errors.ts";
import type { Answer } from "../answer.ts";
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
  if (id !== undefined && !/^[a-zA-Z0-9._-]+$/.test(id)) throw noProject(id, "usage");
  const filters = id === undefined ? flags.filter : [`eq(identifier,${id})`];
  const list = await admin.listProjects(listRequest({ ...flags, ...(filters ? { filter: filters } : {}) }));
  const views = (list.projects ?? []).map(projectView);
  if (id === undefined) return listAnswer(views, list.token, projectTable);
  const view = views.find((each) => each.id === id);
  if (!view) throw noProject(id, "deployment");
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

function noProject(id: string, blame: "usage" | "deployment"): FlyteError {
  return new FlyteError({
    code: "NOT_FOUND",
    blame,
    message: `there is no project [${id}]`,
    hint: "list them with: flyte get project",
    details: { project: id },
  });
}
