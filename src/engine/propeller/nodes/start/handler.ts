import { largestFile } from "../../largest-file.ts";
import { hasStatus } from "../../../../idl/status.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { startNodeId } from "../../node-ids.ts";
import type { Failure } from "../../state.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { Scope } from "../../scope.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** A graph's start node: its outputs are the inputs of the workflow, which are written, and it is done. */
export async function finishStartNode(run: WorkflowRun, deps: PropellerDeps, scope: Scope, inputs: Uint8Array): Promise<void> {
  const start = scope.own(startNodeId);
  if (!start) return;
  await deps.blobs.put(start.layout.outputs(0), inputs, { isPutAgain: true });
  const now = deps.clock.now();
  run.enterNodePhase(start, "SUCCEEDED", now, { queuedAt: now, hasOutputs: true });
}

/** The start node of the execution itself. Returns why it cannot start. */
export async function handleStartNode(run: WorkflowRun, deps: PropellerDeps): Promise<Failure | undefined> {
  const { inputsUri } = run.definition.spec;
  let bytes: Uint8Array = new Uint8Array();
  if (inputsUri !== "") {
    try {
      bytes = await readBlob(deps.blobs, inputsUri, largestFile);
    } catch (thrown) {
      if (!hasStatus(thrown, "NOT_FOUND", "RESOURCE_EXHAUSTED")) throw thrown;
      return {
        code: "OffloadedInputsReadFailure",
        message: `failed to read the inputs of the workflow: ${thrown.message}`,
        kind: "SYSTEM",
      };
    }
  }
  await finishStartNode(run, deps, run.root, bytes);
  return undefined;
}
