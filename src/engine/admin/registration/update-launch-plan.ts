import { flyteidl } from "../../../idl/flyteidl.ts";
import { StatusError } from "../../../idl/status.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { entityMissing } from "../entities/get-entity.ts";
import { invalidField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validIdentifier } from "../validate-identifier.ts";
import { validateProjectAndDomain } from "../validate-project.ts";

const { ACTIVE, INACTIVE } = flyteidl.admin.LaunchPlanState;

/** UpdateLaunchPlan: at most one version of a name is active; the change from one to another is one transaction. */
export async function updateLaunchPlan(deps: AdminDeps, request: flyteidl.admin.LaunchPlanUpdateRequest.$Properties): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "LAUNCH_PLAN", { typeMayBeAbsent: true });
  await validateProjectAndDomain(deps, id.project, id.domain);
  const state = request.state ?? INACTIVE;
  if (state !== ACTIVE && state !== INACTIVE) throw invalidField("state");
  const now = rowTimeOf(deps.clock.now());
  await deps.state.write(async (writer) => {
    const row = await writer.launchPlans.get(id);
    if (row === undefined) throw entityMissing("LAUNCH_PLAN", id);
    if (state === ACTIVE && row.scheduleType !== "NONE") {
      throw new StatusError(
        "UNIMPLEMENTED",
        `launch plan ${id.name} has a schedule, and schedules do not run yet: it was registered and can be launched, but not activated`,
      );
    }
    const active = state === ACTIVE ? await writer.launchPlans.getActive(id) : undefined;
    if (active && active.key !== row.key) await writer.launchPlans.setState(active.key, INACTIVE, now);
    await writer.launchPlans.setState(row.key, state, now);
  });
  return emptyReply;
}
