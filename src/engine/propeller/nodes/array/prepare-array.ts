import { arraySizeOf } from "./array-rules.ts";
import { encodedMapOf, inputsOfArray, lengthsOf } from "./array-inputs.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/**
 * An array that may start: its inputs are written, then it is queued, or has failed for want of them. `pastOf`: where the data
 * of the array lie whose elements it takes over, by its encoded inputs.
 */
export async function prepareArray(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  pastOf?: (inputs: Uint8Array) => Promise<string | undefined>,
): Promise<void> {
  const queuedAt = deps.clock.now();
  const resolved = await inputsOfArray(run, deps, node);
  if ("failure" in resolved) {
    run.enterNodePhase(node, "FAILED", deps.clock.now(), { queuedAt, failure: resolved.failure });
    return;
  }
  const size = arraySizeOf(node.node.arrayNode ?? {}, lengthsOf(resolved.inputs));
  const inputs = encodedMapOf(resolved.inputs);
  await deps.blobs.put(node.layout.inputs, inputs, { isPutAgain: true });
  // All that may go wrong comes before the array is queued: a round that is tried again begins it anew.
  const past = await pastOf?.(inputs);
  const now = deps.clock.now();
  if (typeof size !== "number") run.enterNodePhase(node, "FAILED", now, { queuedAt, failure: size });
  else run.enterNodePhase(node, "QUEUED", now, { queuedAt: now, array: { size, told: "UNDEFINED", version: 1, ...(past && { past }) } });
}
