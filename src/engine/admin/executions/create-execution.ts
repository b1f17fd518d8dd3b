import type { flyteidl } from "../../../idl/flyteidl.ts";
import { executionIdOf } from "../../../idl/identifiers.ts";
import { randomExecutionName } from "../../../idl/names.ts";
import { subMessage } from "../../../idl/wire.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { launchExecution } from "./launch-execution.ts";
import { validateExecutionRequest } from "./validate-execution-request.ts";

/** CreateExecution of a launch plan (active or not) or a single task. */
export async function createExecution(
  deps: AdminDeps,
  request: flyteidl.admin.ExecutionCreateRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  const spec = await validateExecutionRequest(deps, request);
  const id = executionIdOf({ project: request.project, domain: request.domain, name: request.name || randomExecutionName(deps.random) });
  // Older clients send inputs in the spec; they count when the request has none.
  const own = subMessage(context.requestBytes, [5]);
  const userInputs = own?.length ? own : (subMessage(context.requestBytes, [4, 2]) ?? new Uint8Array());
  return await launchExecution(deps, id, spec, userInputs, context.principal);
}
