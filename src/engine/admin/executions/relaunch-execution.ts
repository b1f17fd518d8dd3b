import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { launchAgain } from "./launch-again.ts";

/** RelaunchExecution: all of it runs again. */
export async function relaunchExecution(
  deps: AdminDeps,
  request: flyteidl.admin.ExecutionRelaunchRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  return await launchAgain(deps, request, context, "RELAUNCH", (spec) => {
    spec.overwriteCache = request.overwriteCache ?? false;
  });
}
