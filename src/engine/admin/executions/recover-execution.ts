import type { flyteidl } from "../../../idl/flyteidl.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { launchAgain } from "./launch-again.ts";

/**
 * RecoverExecution: what has succeeded is taken over, and the rest runs again. The execution may be in any phase: of one that
 * still runs, what has succeeded until then. Flyte: admin's execution manager, RecoverExecution.
 */
export async function recoverExecution(
  deps: AdminDeps,
  request: flyteidl.admin.ExecutionRecoverRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  return await launchAgain(deps, request, context, "RECOVERED", (_spec, metadata) => {
    // A child that its parent's recovery recovers has another parent then.
    if (request.metadata != null) metadata.parentNodeExecution = request.metadata.parentNodeExecution ?? null;
  });
}
