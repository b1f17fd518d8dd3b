import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { NamedEntityId } from "../../../idl/identifiers.ts";
import type { ColumnFilter, ListQuery } from "../../../ports/list-query.ts";
import type { VersionedReader } from "../../../ports/state-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { equals, nextToken, pageQuery } from "../page.ts";
import type { PageRequest } from "../page.ts";
import { listReply, nameListReply } from "../reply.ts";
import { validNamedEntityId } from "../validate-identifier.ts";
import { launchPlanMessage, taskMessage, workflowSummary } from "./entity-messages.ts";

type Versioned = "task" | "workflow" | "launch_plan";
type Request = flyteidl.admin.ResourceListRequest.$Properties;
type NamesRequest = flyteidl.admin.NamedEntityIdentifierListRequest.$Properties;

/** `project = … and domain = …`, and the name where there is one. */
function within(entity: Versioned, id: NamedEntityId): ColumnFilter[] {
  const scope = [equals(entity, "project", id.project), equals(entity, "domain", id.domain)];
  return id.name === "" ? scope : [...scope, equals(entity, "name", id.name)];
}

async function listVersions<Row>(
  entity: Versioned,
  reader: VersionedReader<Row>,
  request: Request,
  message: (row: Row) => Uint8Array,
): Promise<Uint8Array> {
  const query = pageQuery(entity, request, within(entity, validNamedEntityId(request.id, false)));
  const rows = await reader.list(query);
  return listReply(rows.map(message), nextToken(query, rows.length));
}

async function listNames<Row>(entity: Versioned, reader: VersionedReader<Row>, request: NamesRequest): Promise<Uint8Array> {
  const id = validNamedEntityId({ project: request.project, domain: request.domain }, false);
  const query: ListQuery = pageQuery(entity, request, within(entity, id));
  const names = await reader.listNames(query);
  return nameListReply(names, nextToken(query, names.length));
}

/** ListTasks. */
export const listTasks = (deps: AdminDeps, request: Request): Promise<Uint8Array> =>
  listVersions("task", deps.state.read.tasks, request, taskMessage);
/** ListWorkflows: of the closures, only the interfaces. */
export const listWorkflows = (deps: AdminDeps, request: Request): Promise<Uint8Array> =>
  listVersions("workflow", deps.state.read.workflows, request, workflowSummary);
/** ListLaunchPlans. */
export const listLaunchPlans = (deps: AdminDeps, request: Request): Promise<Uint8Array> =>
  listVersions("launch_plan", deps.state.read.launchPlans, request, launchPlanMessage);

/** ListTaskIds, ListWorkflowIds, ListLaunchPlanIds: each name once. */
export const listTaskIds = (deps: AdminDeps, request: NamesRequest): Promise<Uint8Array> =>
  listNames("task", deps.state.read.tasks, request);
export const listWorkflowIds = (deps: AdminDeps, request: NamesRequest): Promise<Uint8Array> =>
  listNames("workflow", deps.state.read.workflows, request);
export const listLaunchPlanIds = (deps: AdminDeps, request: NamesRequest): Promise<Uint8Array> =>
  listNames("launch_plan", deps.state.read.launchPlans, request);

/** ListActiveLaunchPlans of a project and domain. */
export async function listActiveLaunchPlans(
  deps: AdminDeps,
  request: flyteidl.admin.ActiveLaunchPlanListRequest.$Properties,
): Promise<Uint8Array> {
  const id = validNamedEntityId({ project: request.project, domain: request.domain }, false);
  const page: PageRequest = { limit: request.limit, token: request.token, sortBy: request.sortBy };
  const query = pageQuery("launch_plan", page, [...within("launch_plan", id), equals("launch_plan", "state", 1)]);
  const rows = await deps.state.read.launchPlans.list(query);
  return listReply(rows.map(launchPlanMessage), nextToken(query, rows.length));
}
