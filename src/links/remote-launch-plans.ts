import type { FlyteClient } from "../client/connect.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { identifierOf } from "../idl/identifiers.ts";
import { hasStatus } from "../idl/status.ts";
import type { LaunchPlans } from "../ports/launch-plans.ts";
import { call } from "./call.ts";

const { admin } = flyteidl;

/** The launch plans of an admin behind a network. */
export function remoteLaunchPlans(client: FlyteClient): LaunchPlans {
  return {
    async typesOf(id) {
      try {
        const types = [admin.ObjectGetRequest, admin.LaunchPlan] as const;
        const request = { id: identifierOf("LAUNCH_PLAN", id) };
        const { closure } = await call(client, "flyteidl.service.AdminService", "GetLaunchPlan", types, request);
        return { expectedInputs: closure?.expectedInputs, expectedOutputs: closure?.expectedOutputs };
      } catch (thrown) {
        if (hasStatus(thrown, "NOT_FOUND")) return undefined;
        throw thrown;
      }
    },
  };
}
