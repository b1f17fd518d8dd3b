import { flyteidl } from "../../idl/flyteidl.ts";
import type { Answer } from "../answer.ts";
import type { Deployment } from "../deployment.ts";
import { fetchLatestLaunchPlan } from "../fetch/fetch-entity.ts";
import { entityTarget } from "../target.ts";
import { launchPlanView } from "../views/entity-view.ts";

/** Activates a version of a launch plan (the latest, when none is named) or deactivates one (the active one). NOT_FOUND as StatusError. */
export async function setLaunchPlanState({ admin, ...scope }: Deployment, target: string, state: "ACTIVE" | "INACTIVE"): Promise<Answer> {
  const urn = entityTarget(target, "launch_plan", scope);
  const { project, domain, name, version } = urn;
  const { id } =
    state === "INACTIVE" && version === undefined
      ? await admin.getActiveLaunchPlan({ id: { project, domain, name } })
      : await fetchLatestLaunchPlan(admin, urn);
  await admin.updateLaunchPlan({ id, state: flyteidl.admin.LaunchPlanState[state] });
  const view = launchPlanView(await admin.getLaunchPlan({ id }), Date.now());
  const next = view.nextTick ? `; its schedule (${view.schedule}) launches next at ${view.nextTick}` : "";
  return {
    data: { urn: view.urn, state, schedule: view.schedule, nextTick: view.nextTick },
    urns: [view.urn],
    text: () => `${view.urn} is ${state.toLowerCase()}${next}\n`,
  };
}
