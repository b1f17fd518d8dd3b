import { largestFile } from "../largest-file.ts";
import { hasStatus } from "../../../idl/status.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import type { Failure } from "../state.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { PropellerDeps } from "../propeller-deps.ts";
import type { WorkflowRun } from "../workflow-run.ts";

// Nodes whose work is that of others have nothing to be cleaned up: their end is decided and reached at once.

export function succeedComposite(run: WorkflowRun, node: PlacedNode, now: number, hasOutputs: boolean): void {
  run.enterNodePhase(node, "SUCCEEDING", now, { hasOutputs });
  run.finishCleaning(node);
}

export function failComposite(run: WorkflowRun, node: PlacedNode, now: number, failure: Failure): void {
  run.enterNodePhase(node, "FAILING", now, { failure });
  run.finishCleaning(node);
}

/** Makes one node's outputs another's; false when there are none. */
export async function copyOutputs(run: WorkflowRun, deps: PropellerDeps, from: PlacedNode, to: PlacedNode): Promise<boolean> {
  try {
    const bytes = await readBlob(deps.blobs, from.layout.outputs(run.node(from).attempt), largestFile);
    await deps.blobs.put(to.layout.outputs(run.node(to).attempt), bytes, { isPutAgain: true });
    return true;
  } catch (thrown) {
    if (!hasStatus(thrown, "NOT_FOUND")) throw thrown;
    return false;
  }
}
