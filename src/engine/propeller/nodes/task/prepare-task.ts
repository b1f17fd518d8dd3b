import { catalogKeyOf, isSerialized, lookUpCache } from "./caching.ts";
import { taskOfNode } from "./task-of-node.ts";
import { settleInputs, writeInputs } from "../node-inputs.ts";
import type { AttemptState } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { TaskOfNode } from "./task-of-node.ts";
import type { WorkflowDefinition } from "../../workflow-definition.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** What is kept of an attempt that is about to begin. */
export function beginAttempt(
  { executionSpec }: WorkflowDefinition,
  task: TaskOfNode,
  attempt: number,
  systemFailures: number,
  now: number,
): AttemptState {
  return {
    interruptible: task.isInterruptible(attempt, systemFailures),
    begunAt: now,
    phaseVersion: 0,
    reported: false,
    reportedEnd: false,
    ...(isSerialized(task, executionSpec) && { reservation: { status: "RESERVATION_DISABLED", admitted: false, lookAt: 0 } }),
  };
}

/** A task node that may start: its inputs are written and the cache is asked, then it is queued, or done already. Starts nothing. */
export async function prepareTask(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode): Promise<void> {
  const { executionSpec } = run.definition;
  const inputs = await writeInputs(run, deps, node, true);
  if (!inputs) return;
  const task = taskOfNode(run.definition, deps.settings, node);
  const key = catalogKeyOf(task, inputs);
  const cache = await lookUpCache(deps, key, executionSpec.overwriteCache ?? false, node.layout.outputs(0));
  // Its end is its beginning: nothing comes between that they could be durable by.
  if (cache.status === "CACHE_HIT") await settleInputs(run, deps, node);
  const now = deps.clock.now();
  if (cache.status === "CACHE_HIT") run.enterNodePhase(node, "SUCCEEDED", now, { cache, hasOutputs: true });
  else run.enterNodePhase(node, "QUEUED", now, { queuedAt: now, cache, task: beginAttempt(run.definition, task, 0, 0, now) });
}
