import { flyteidl } from "../../../idl/flyteidl.ts";
import { randomExecutionName } from "../../../idl/names.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { executionText, missingEntity } from "../../events/event-refusals.ts";
import type { CallContext } from "../../service.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { validExecutionId } from "../validate-identifier.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { launchExecution } from "./launch-execution.ts";
import { validateExecutionName } from "./validate-execution-request.ts";

/** Inputs beyond this were never taken. */
const largestInputs = 512 << 20;

/** RelaunchExecution: the same launch with the same user inputs, under a new name. */
export async function relaunchExecution(
  deps: AdminDeps,
  request: flyteidl.admin.ExecutionRelaunchRequest.$Properties,
  context: CallContext,
): Promise<Uint8Array> {
  const source = validExecutionId(request.id);
  validateExecutionName(request.name ?? "");
  const row = await deps.state.read.executions.get(source);
  if (row === undefined) throw missingEntity("execution", executionText(source));
  await validateProjectAndDomain(deps, source.project, source.domain);
  const spec = flyteidl.admin.ExecutionSpec.decode(row.spec);
  spec.metadata ??= {};
  spec.metadata.mode = flyteidl.admin.ExecutionMetadata.ExecutionMode.RELAUNCH;
  spec.metadata.referenceExecution = { ...source };
  spec.overwriteCache = request.overwriteCache ?? false;
  const userInputs = await readBlob(deps.blobs, row.userInputsUri, largestInputs);
  const id = { ...source, name: request.name || randomExecutionName(deps.random) };
  return await launchExecution(deps, id, spec, userInputs, context.principal);
}
