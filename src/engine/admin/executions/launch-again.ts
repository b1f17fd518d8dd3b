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

interface LaunchAgain {
  readonly id?: flyteidl.core.WorkflowExecutionIdentifier.$Properties | null;
  readonly name?: string | null;
}

/** Launches what an execution has run once more, with the same user inputs, under a new name; `mode` says why. */
export async function launchAgain(
  deps: AdminDeps,
  request: LaunchAgain,
  { principal }: CallContext,
  mode: "RELAUNCH" | "RECOVERED",
  change: (spec: flyteidl.admin.ExecutionSpec.$Properties, metadata: flyteidl.admin.ExecutionMetadata.$Properties) => void,
): Promise<Uint8Array> {
  const source = validExecutionId(request.id);
  validateExecutionName(request.name ?? "");
  const row = await deps.state.read.executions.get(source);
  if (row === undefined) throw missingEntity("execution", executionText(source));
  await validateProjectAndDomain(deps, source.project, source.domain);
  const spec = flyteidl.admin.ExecutionSpec.decode(row.spec);
  spec.metadata ??= {};
  spec.metadata.mode = flyteidl.admin.ExecutionMetadata.ExecutionMode[mode];
  spec.metadata.referenceExecution = { ...source };
  change(spec, spec.metadata);
  const userInputs = await readBlob(deps.blobs, row.userInputsUri, largestInputs);
  const id = { ...source, name: request.name || randomExecutionName(deps.random) };
  return await launchExecution(deps, id, spec, userInputs, principal);
}
