import type { Answer } from "../answer.ts";
import { checkScope } from "../check-scope.ts";
import type { Deployment } from "../deployment.ts";
import { fetchLaunchPlan, fetchTask, fetchWorkflow } from "../fetch/fetch-entity.ts";
import { listAnswer, listRequest } from "../listing.ts";
import type { ListFlags } from "../listing.ts";
import { entityTarget } from "../target.ts";
import type { EntityUrn } from "../../idl/urn.ts";
import { entityTable, launchPlanView, taskView, workflowView } from "../views/entity-view.ts";
import { entityAnswer, inactiveNote } from "./entity-answer.ts";

type Flags = ListFlags & { readonly versions: boolean };

/** One task, all versions of one, or those of the project and domain. */
export async function getTask({ admin, ...scope }: Deployment, target: string | undefined, flags: Flags): Promise<Answer> {
  const urn = target === undefined ? undefined : entityTarget(target, "task", scope);
  if (urn && !flags.versions) {
    const value = await fetchTask(admin, urn);
    return entityAnswer(taskView(value), { type: "Task", value });
  }
  const list = await admin.listTasks({ id: listed(urn, scope), ...listRequest(flags) });
  if (!list.tasks?.length) await checkScope(admin, urn ?? scope);
  return listAnswer((list.tasks ?? []).map(taskView), list.token, (views) => entityTable("task", views));
}

/** As getTask, of workflows. */
export async function getWorkflow({ admin, ...scope }: Deployment, target: string | undefined, flags: Flags): Promise<Answer> {
  const urn = target === undefined ? undefined : entityTarget(target, "workflow", scope);
  if (urn && !flags.versions) {
    const value = await fetchWorkflow(admin, urn);
    const { workflowDot } = await import("./workflow-dot.ts");
    const dot = (): string => workflowDot(value.closure?.compiledWorkflow);
    return { ...entityAnswer(workflowView(value), { type: "Workflow", value }), dot };
  }
  const list = await admin.listWorkflows({ id: listed(urn, scope), ...listRequest(flags) });
  if (!list.workflows?.length) await checkScope(admin, urn ?? scope);
  return listAnswer((list.workflows ?? []).map(workflowView), list.token, (views) => entityTable("workflow", views));
}

/** As getTask, of launch plans; without a version the active one. */
export async function getLaunchPlan({ admin, ...scope }: Deployment, target: string | undefined, flags: Flags): Promise<Answer> {
  const urn = target === undefined ? undefined : entityTarget(target, "launch_plan", scope);
  if (urn && !flags.versions) {
    const value = await fetchLaunchPlan(admin, urn);
    return entityAnswer(launchPlanView(value, Date.now()), { type: "LaunchPlan", value });
  }
  const list = await admin.listLaunchPlans({ id: listed(urn, scope), ...listRequest(flags) });
  if (!list.launchPlans?.length) await checkScope(admin, urn ?? scope);
  const now = Date.now();
  const plans = (list.launchPlans ?? []).map((each) => launchPlanView(each, now));
  const answer = listAnswer(plans, list.token, (views) => entityTable("launch_plan", views));
  const scheduled = plans.find(({ state, schedule }) => state === "INACTIVE" && schedule);
  return scheduled ? { ...answer, note: inactiveNote(scheduled) } : answer;
}

function listed(urn: EntityUrn | undefined, scope: { readonly project: string; readonly domain: string }) {
  return urn ? { project: urn.project, domain: urn.domain, name: urn.name } : { project: scope.project, domain: scope.domain };
}
