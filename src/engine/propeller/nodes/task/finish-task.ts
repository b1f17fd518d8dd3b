import { catalogKeyOf, fillCache } from "./caching.ts";
import { entityIdOf } from "../../../../idl/identifiers.ts";
import { examineOutputs } from "../../outputs.ts";
import { inputsOf, readLiterals } from "../node-inputs.ts";
import { releaseReservation } from "./reservation.ts";
import { taskOfNode } from "./task-of-node.ts";
import type { NodeState, ReservationState } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { TaskOutcome } from "../../outputs.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** How a task whose outputs are to be there has ended, and what of its node that changes: its outputs are cached by then. */
export interface FinishedTask {
  readonly outcome: TaskOutcome;
  readonly patch: Partial<NodeState>;
  /** What becomes of the attempt's reservation, if it has one. */
  readonly reservation?: ReservationState;
}

/** Examines the outputs of a node's attempt, caches them, and lets others who wait for the cache go on. */
export async function finishTask(run: WorkflowRun, deps: PropellerDeps, placed: PlacedNode, mayBeDynamic: boolean): Promise<FinishedTask> {
  const { attempt, cache: before, task: state } = run.node(placed);
  const { layout } = placed;
  const task = taskOfNode(run.definition, deps.settings, placed);
  const outcome = await examineOutputs(deps.blobs, layout.outputPrefix(attempt), task.template, deps.settings.maxOutputSize, mayBeDynamic);
  if (outcome.kind !== "SUCCESS") return { outcome, patch: {} };
  const { hasDeck, hasOutputs } = outcome;
  const patch: Partial<NodeState> = { hasDeck, hasOutputs };
  if (before === undefined || before.status === "CACHE_DISABLED") return { outcome, patch };
  const key = catalogKeyOf(task, await inputsOf(run, deps, placed));
  if (!key) return { outcome, patch };
  const { spec, executionSpec } = run.definition;
  const id = {
    task: entityIdOf(task.template.id),
    node: { execution: spec.id, nodeId: placed.uniqueId },
    retryAttempt: attempt,
  };
  const outputs = hasOutputs ? await readLiterals(run, deps, layout.outputs(attempt)) : { literals: {} };
  const cache = await fillCache(deps, key, outputs, id, executionSpec.overwriteCache ?? false);
  const reservation = state?.reservation && (await releaseReservation(run, deps, placed, task));
  return { outcome, patch: { ...patch, cache }, ...(reservation && { reservation }) };
}
