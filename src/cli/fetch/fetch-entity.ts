import type { AdminClient } from "../../client/admin-client.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import { identifierOf } from "../../idl/identifiers.ts";
import { StatusError, hasStatus } from "../../idl/status.ts";
import type { EntityUrn } from "../../idl/urn.ts";

const newestFirst = { key: "created_at", direction: flyteidl.admin.Sort.Direction.DESCENDING } as const;

type ListRequest = flyteidl.admin.ResourceListRequest.$Properties;
type Identifier = flyteidl.core.Identifier.$Properties;

/** A task; of the latest version when none is given. NOT_FOUND as StatusError. */
export async function fetchTask(admin: AdminClient, urn: EntityUrn): Promise<flyteidl.admin.Task.$Properties> {
  return admin.getTask({ id: await completeId("TASK", urn, async (request) => (await admin.listTasks(request)).tasks ?? []) });
}

/** A workflow; of the latest version when none is given. NOT_FOUND as StatusError. */
export async function fetchWorkflow(admin: AdminClient, urn: EntityUrn): Promise<flyteidl.admin.Workflow.$Properties> {
  return admin.getWorkflow({
    id: await completeId("WORKFLOW", urn, async (request) => (await admin.listWorkflows(request)).workflows ?? []),
  });
}

/** A launch plan; without a version the active one, or the latest when none is active. NOT_FOUND as StatusError. */
export async function fetchLaunchPlan(admin: AdminClient, urn: EntityUrn): Promise<flyteidl.admin.LaunchPlan.$Properties> {
  if (urn.version === undefined) {
    try {
      return await admin.getActiveLaunchPlan({ id: { project: urn.project, domain: urn.domain, name: urn.name } });
    } catch (error) {
      if (!hasStatus(error, "NOT_FOUND")) throw error;
    }
  }
  return fetchLatestLaunchPlan(admin, urn);
}

/** A launch plan; without a version the latest, active or not. NOT_FOUND as StatusError. */
export async function fetchLatestLaunchPlan(admin: AdminClient, urn: EntityUrn): Promise<flyteidl.admin.LaunchPlan.$Properties> {
  return admin.getLaunchPlan({
    id: await completeId("LAUNCH_PLAN", urn, async (request) => (await admin.listLaunchPlans(request)).launchPlans ?? []),
  });
}

async function completeId(
  type: "TASK" | "WORKFLOW" | "LAUNCH_PLAN",
  urn: EntityUrn,
  list: (request: ListRequest) => Promise<readonly { id?: Identifier | null | undefined }[]>,
): Promise<Identifier> {
  if (urn.version !== undefined) return identifierOf(type, { ...urn, version: urn.version });
  const [latest] = await list({ id: { project: urn.project, domain: urn.domain, name: urn.name }, limit: 1, sortBy: newestFirst });
  if (latest?.id == null)
    throw new StatusError("NOT_FOUND", `there is no ${type.toLowerCase().replace("_", " ")} ${urn.name} in ${urn.project}/${urn.domain}`);
  return latest.id;
}
