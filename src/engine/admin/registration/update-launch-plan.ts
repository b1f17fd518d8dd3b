import { flyteidl } from "../../../idl/flyteidl.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { entityMissing } from "../entities/get-entity.ts";
import { invalidField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validIdentifier } from "../validate-identifier.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { scheduleOf } from "./schedule-of.ts";

const { ACTIVE, INACTIVE } = flyteidl.admin.LaunchPlanState;

/**
 * UpdateLaunchPlan: at most one version of a name is active; the change from one to another, with their schedules, is one
 * transaction. The version that is active already goes on, and its schedule from where it is.
 */
export async function updateLaunchPlan(deps: AdminDeps, request: flyteidl.admin.LaunchPlanUpdateRequest.$Properties): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "LAUNCH_PLAN", { typeMayBeAbsent: true });
  await validateProjectAndDomain(deps, id.project, id.domain);
  const state = request.state ?? INACTIVE;
  if (state !== ACTIVE && state !== INACTIVE) throw invalidField("state");
  const now = rowTimeOf(deps.clock.now());
  await deps.state.write(async (writer) => {
    // Keeps others from changing which one is active.
    const active = await writer.launchPlans.getActive(id);
    const row = await writer.launchPlans.get(id);
    if (row === undefined) throw entityMissing("LAUNCH_PLAN", id);
    if (active?.key === row.key && state === ACTIVE) return;
    const ended = state === ACTIVE ? active : row;
    if (ended) {
      await writer.launchPlans.setState(ended.key, INACTIVE, now);
      if (ended.scheduleType !== "NONE") await writer.schedules.deactivate(ended, now);
    }
    if (state === INACTIVE) return;
    await writer.launchPlans.setState(row.key, ACTIVE, now);
    const schedule = scheduleOf(row);
    if (schedule) await writer.schedules.activate(schedule, now);
  });
  deps.rescheduled?.(id);
  return emptyReply;
}
