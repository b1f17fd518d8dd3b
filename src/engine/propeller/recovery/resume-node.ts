import { largestFile } from "../largest-file.ts";
import { prepareArray } from "../nodes/array/prepare-array.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import { unlessMissing } from "../../../idl/unless-missing.ts";
import type { PastNode } from "./recover-node.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { PropellerDeps } from "../propeller-deps.ts";
import type { WorkflowRun } from "../workflow-run.ts";

// Nodes that have not succeeded run again, but do not begin from nothing. Each answers false when there is nothing to begin with.

/** A task's first attempt is given what the last one has left as its checkpoint. */
export async function resumeTask(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, checkpoint: string): Promise<boolean> {
  if (checkpoint === "") return false;
  await run.handlerOf(node).prepare(run, deps, node);
  const { task } = run.node(node);
  if (task) run.patchNode(node, { task: { ...task, previousCheckpoint: checkpoint } });
  return true;
}

/** The workflow that a task has made is run again instead of the task: the task might make another one now. */
export async function resumeDynamic(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, specUri: string): Promise<boolean> {
  const spec = await unlessMissing(() => readBlob(deps.blobs, specUri, largestFile));
  if (!spec) return false;
  await deps.blobs.put(node.layout.futures(0), spec, { isPutAgain: true });
  await run.handlerOf(node).prepare(run, deps, node);
  const { phase, task } = run.node(node);
  if (phase !== "QUEUED" || !task) return true;
  const now = deps.clock.now();
  run.enterNodePhase(node, "RUNNING", now, { runningAt: now, task: { ...task, runningAt: now }, dynamic: { isFinalized: true } });
  return true;
}

/** An array takes over those of its elements that have succeeded, if it has the same inputs. Each when it begins. */
export async function resumeArray(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, past: PastNode): Promise<boolean> {
  const data = /^(.+)\/inputs\.pb$/.exec(past.inputUri ?? "")?.[1];
  if (data === undefined || node.node.arrayNode?.node?.taskNode == null) return false;
  await prepareArray(run, deps, node, async (inputs) => {
    const before = await unlessMissing(() => readBlob(deps.blobs, `${data}/inputs.pb`, largestFile));
    return before && Buffer.compare(inputs, before) === 0 ? data : undefined;
  });
  return true;
}
