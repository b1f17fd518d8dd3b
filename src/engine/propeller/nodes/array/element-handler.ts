import { beginAttempt } from "../task/prepare-task.ts";
import { catalogKeyOf, lookUpCache } from "../task/caching.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { isTerminalTask, taskPhaseOf } from "../../../../idl/phases.ts";
import { ownEndEvent } from "../task/own-end-event.ts";
import { recoverElement } from "./recover-element.ts";
import { taskHandler } from "../task/handler.ts";
import { taskOfNode } from "../task/task-of-node.ts";
import { untoldAfter } from "./element-resource.ts";
import { writeElementInputs } from "./write-element-inputs.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { TaskExecutionEvent } from "../../../../idl/types.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** Keeps what an element's array is to tell of it; saved along with what it is about. */
function keepUntold(run: WorkflowRun, placed: PlacedNode, events: readonly TaskExecutionEvent[]): void {
  if (events.length === 0) return;
  const ends = events.some((event) => isTerminalTask(taskPhaseOf(event.phase)));
  const { task } = run.node(placed);
  run.patchNode(placed, {
    ...untoldAfter(run, placed, events),
    ...(task && { task: { ...task, reported: true, reportedEnd: task.reportedEnd || ends } }),
  });
}

const { SUCCEEDED } = flyteidl.core.TaskExecution.Phase;

/** Propeller has ended the attempt itself. */
function keepOwnEnd(run: WorkflowRun, deps: PropellerDeps, placed: PlacedNode): void {
  const { task, attempt, phase } = run.node(placed);
  // While it waited for its turn, another one has filled the cache.
  if (phase === "SUCCEEDING" && !task) keepUntold(run, placed, [{ phase: SUCCEEDED, retryAttempt: attempt }]);
  const end = task && run.isPerhapsTold(placed) ? ownEndEvent(run, deps, placed, task) : undefined;
  if (end) keepUntold(run, placed, [end]);
}

/**
 * An element of an array: a task like any other, but for where its inputs come from, and that its array tells of it. It has
 * no time-out over all attempts: for that it would have to wait in turn for nobody. Flyte: nodes/array/handler.go.
 */
export const elementHandler: NodeHandler = {
  ...taskHandler,
  async prepare(run, deps, placed) {
    if (await recoverElement(run, deps, placed)) return;
    const task = taskOfNode(run.definition, deps.settings, placed);
    const isCached = catalogKeyOf(task, {}) !== undefined;
    const inputs = await writeElementInputs(run, deps, placed, isCached);
    const key = isCached ? catalogKeyOf(task, inputs) : undefined;
    const cache = await lookUpCache(deps, key, run.definition.executionSpec.overwriteCache ?? false, placed.layout.outputs(0));
    const now = deps.clock.now();
    if (cache.status !== "CACHE_HIT") {
      run.enterNodePhase(placed, "QUEUED", now, { cache, task: beginAttempt(run.definition, task, 0, 0, now) });
      return;
    }
    run.enterNodePhase(placed, "SUCCEEDED", now, { cache, hasOutputs: true });
    run.patchNode(placed, untoldAfter(run, placed, [{ phase: SUCCEEDED }]));
  },
  async handle(run, deps, placed) {
    keepUntold(run, placed, (await taskHandler.handle?.(run, deps, placed)) ?? []);
    return [];
  },
  async clean(run, deps, placed) {
    keepOwnEnd(run, deps, placed);
    await taskHandler.clean?.(run, deps, placed);
  },
};
