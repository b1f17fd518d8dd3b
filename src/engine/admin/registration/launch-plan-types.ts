import { flyteidl } from "../../../idl/flyteidl.ts";
import type { LaunchPlans, LaunchPlanTypes } from "../../../ports/launch-plans.ts";
import type { LaunchPlanRow } from "../../../ports/state-store.ts";
import type { AdminDeps } from "../admin-deps.ts";

export function launchPlanTypesOf({ closure }: LaunchPlanRow): LaunchPlanTypes {
  const { expectedInputs, expectedOutputs } = flyteidl.admin.LaunchPlanClosure.decode(closure);
  return { expectedInputs, expectedOutputs };
}

/** Propeller's way to the launch plans of an admin in its own process. */
export function createDirectLaunchPlans(deps: Pick<AdminDeps, "state">): LaunchPlans {
  return {
    async typesOf(id) {
      const row = await deps.state.read.launchPlans.get(id);
      return row && launchPlanTypesOf(row);
    },
  };
}
