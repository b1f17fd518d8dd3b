import { flyteidl } from "../../../../idl/flyteidl.ts";
import { hasDeclaredOutputs } from "../../outputs.ts";
import { largestFile } from "../../largest-file.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { unlessMissing } from "../../../../idl/unless-missing.ts";
import { untoldOfPast } from "./element-resource.ts";
import { writeElementInputs } from "./write-element-inputs.ts";
import type { ArrayScope } from "./array-scope.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

const { SUCCEEDED } = flyteidl.core.TaskExecution.Phase;

/**
 * Takes over an element that has succeeded in the execution that is recovered: its outputs lie below those of its array there.
 * Answers false when it has not, or when admin did not list it.
 */
export async function recoverElement(run: WorkflowRun, deps: PropellerDeps, placed: PlacedNode): Promise<boolean> {
  const scope = placed.scope as ArrayScope;
  const data = run.node(scope.array).array?.past;
  if (data === undefined || run.node(scope.array).attempt > 0) return false;
  const index = placed.element?.index ?? 0;
  const past = (await scope.pastElements(run, deps)).get(index);
  if (past?.phase !== SUCCEEDED) return false;
  const template = scope.program.taskOf(placed.node);
  const hasOutputs = template !== undefined && hasDeclaredOutputs(template);
  if (hasOutputs) {
    const uri = `${data}/0/${index}/${past.retryAttempt ?? 0}/outputs.pb`;
    const outputs = await unlessMissing(() => readBlob(deps.blobs, uri, largestFile));
    if (!outputs) return false;
    await deps.blobs.put(placed.layout.outputs(0), outputs, { isPutAgain: true });
  }
  await writeElementInputs(run, deps, placed);
  run.enterNodePhase(placed, "RECOVERED", deps.clock.now(), { hasOutputs });
  run.patchNode(placed, untoldOfPast(run, placed, past));
  return true;
}
