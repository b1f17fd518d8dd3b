import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { ListQuery } from "../../../ports/list-query.ts";
import { missingEntity } from "../../events/event-refusals.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { largestPage, nextToken, pageQuery } from "../page.ts";
import { missingField } from "../refusals.ts";
import { listReply } from "../reply.ts";
import { projectMessage } from "./project-message.ts";

/** ListProjects: unlike other lists, no limit means all, the order is by identifier, and archived ones show only to filters. */
export async function listProjects(deps: AdminDeps, request: flyteidl.admin.ProjectListRequest.$Properties): Promise<Uint8Array> {
  const query: ListQuery = pageQuery(
    "project",
    {
      limit: request.limit || largestPage,
      token: request.token,
      filters: request.filters || "ne(state,1)",
      sortBy: request.sortBy ?? { key: "identifier", direction: 1 },
    },
    [],
  );
  const rows = await deps.state.read.projects.list(query);
  return listReply(
    rows.map((row) => projectMessage(row, deps.settings.domains)),
    request.limit || rows.length === largestPage ? nextToken(query, rows.length) : "",
  );
}

/** GetProject. */
export async function getProject(deps: AdminDeps, request: flyteidl.admin.ProjectGetRequest.$Properties): Promise<Uint8Array> {
  if (!request.id) throw missingField("project");
  const row = await deps.state.read.projects.get(request.id);
  if (row === undefined) throw missingEntity("project", `[${request.id}]`);
  return projectMessage(row, deps.settings.domains);
}
