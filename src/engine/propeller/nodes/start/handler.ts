import { hasStatus } from "../../../../idl/status.ts";
import { nodeLayout } from "../../layout.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { startNodeId } from "../../node-ids.ts";
import type { Failure } from "../../state.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

const largestInputs = 1 << 30;

/** The start node's outputs are the workflow's inputs: its outputs file is written, and it is done. Returns why it cannot be. */
export async function handleStartNode(run: WorkflowRun, deps: PropellerDeps): Promise<Failure | undefined> {
  const { spec } = run.definition;
  let bytes: Uint8Array = new Uint8Array();
  if (spec.inputsUri !== "") {
    try {
      bytes = await readBlob(deps.blobs, spec.inputsUri, largestInputs);
    } catch (thrown) {
      if (!hasStatus(thrown, "NOT_FOUND", "RESOURCE_EXHAUSTED")) throw thrown;
      return {
        code: "OffloadedInputsReadFailure",
        message: `failed to read the inputs of the workflow: ${thrown.message}`,
        kind: "SYSTEM",
      };
    }
  }
  await deps.blobs.put(nodeLayout(deps.settings, spec.id, startNodeId).outputs(0), bytes, { isPutAgain: true });
  const now = deps.clock.now();
  run.enterNodePhase(startNodeId, "SUCCEEDED", now, { queuedAt: now, hasOutputs: true });
  return undefined;
}
