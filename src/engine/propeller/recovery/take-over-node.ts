import { cacheStateOf } from "./cache-state.ts";
import { compiledUri } from "../nodes/dynamic/compiled-workflow.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import { largestFile } from "../largest-file.ts";
import { nodePhaseOf } from "../../../idl/phases.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { unlessMissing } from "../../../idl/unless-missing.ts";
import { writeElementInputs } from "../nodes/array/write-element-inputs.ts";
import type { ChildState } from "../state.ts";
import type { PastNode } from "./recover-node.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { PropellerDeps } from "../propeller-deps.ts";
import type { WorkflowRun } from "../workflow-run.ts";

/** Undefined when they are gone; empty when there never were any. */
async function bytesOf(
  { blobs }: PropellerDeps,
  uri: string | null | undefined,
  inline: flyteidl.core.LiteralMap.$Properties | null | undefined,
): Promise<Uint8Array | undefined> {
  if (uri) return await unlessMissing(() => readBlob(blobs, uri, largestFile));
  return inline == null ? new Uint8Array() : flyteidl.core.LiteralMap.encode(inline).finish();
}

/** The execution that the node launched. Those of another project or domain than the parent's are nobody's. */
function childOf(run: WorkflowRun, { closure }: PastNode): ChildState | undefined {
  const { project, domain, name } = closure?.workflowNodeMetadata?.executionId ?? {};
  const { id } = run.definition.spec;
  return name && project === id.project && domain === id.domain ? { name, phase: "ENDED" } : undefined;
}

/** Keeps the workflow that a task made where that of this node would be, for admin to be told of it again. */
async function takeOverWorkflow(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, past: PastNode): Promise<boolean> {
  const { recovers } = run.definition;
  // Of a node that was taken over itself admin knows only that it has a workflow.
  const mayHold = past.metadata?.isDynamic || nodePhaseOf(past.closure?.phase) === "RECOVERED";
  if (!recovers || node.kind !== "task" || !mayHold) return false;
  const compiled = await deps.past.dynamicWorkflow({ execution: recovers, nodeId: node.uniqueId });
  if (compiled === undefined) return false;
  await deps.blobs.put(compiledUri(node, 0), compiled, { isPutAgain: true });
  return true;
}

/** Copies the inputs and outputs of a node that has succeeded: it is RECOVERED then. Answers false when they are gone. */
export async function takeOverNode(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, past: PastNode): Promise<boolean> {
  const { closure, inputUri } = past;
  const inputs = await bytesOf(deps, inputUri, undefined);
  const outputs = await bytesOf(deps, closure?.outputUri, closure?.outputData);
  if (!inputs || !outputs) return false;
  const hasOutputs = Boolean(closure?.outputUri) || closure?.outputData != null;
  const isDynamic = await takeOverWorkflow(run, deps, node, past);
  if (node.element) await writeElementInputs(run, deps, node);
  else await deps.blobs.put(node.layout.inputs, inputs, { isPutAgain: true });
  if (hasOutputs) await deps.blobs.put(node.layout.outputs(0), outputs, { isPutAgain: true });
  const cache = cacheStateOf(closure?.taskNodeMetadata);
  const child = childOf(run, past);
  run.enterNodePhase(node, "RECOVERED", deps.clock.now(), {
    hasOutputs,
    ...(cache && { cache }),
    ...(child && { child }),
    ...(closure?.deckUri && { deckUri: closure.deckUri }),
    ...(isDynamic && { dynamic: { isFinalized: true } }),
  });
  if (isDynamic) await run.openScope(deps, node, 0);
  return true;
}
