import { encodeLiteralMap } from "../../inputs.ts";
import { inputsOf } from "../node-inputs.ts";
import { isIndividual } from "./array-scope.ts";
import type { ArrayScope } from "./array-scope.ts";
import type { LiteralMap } from "../../../../idl/types.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/**
 * Writes the inputs of an element that is about to begin, if it is given a file of its own. Answers them, without any when
 * neither that nor `areNeeded` asks for them.
 */
export async function writeElementInputs(
  run: WorkflowRun,
  deps: PropellerDeps,
  placed: PlacedNode,
  areNeeded = false,
): Promise<LiteralMap> {
  const hasFile = isIndividual((placed.scope as ArrayScope).array);
  const inputs = hasFile || areNeeded ? await inputsOf(run, deps, placed) : {};
  if (hasFile) await deps.blobs.put(placed.layout.inputs, encodeLiteralMap(inputs), { isPutAgain: true });
  return inputs;
}
