import { catalogKeyOf, isSerialized, lookUpCache } from "./caching.ts";
import { encodeLiteralMap } from "../../inputs.ts";
import { inputsOfNode } from "../node-inputs.ts";
import { nodeLayout } from "../../layout.ts";
import { taskOfNode } from "./task-of-node.ts";
import type { AttemptState } from "../../state.ts";
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
export async function prepareTask(run: WorkflowRun, deps: PropellerDeps, nodeId: string): Promise<void> {
  const { spec, executionSpec } = run.definition;
  const task = taskOfNode(run.definition, deps.settings, nodeId);
  const queuedAt = deps.clock.now();
  const resolved = await inputsOfNode(run, deps, task.node.inputs);
  if ("failure" in resolved) {
    run.enterNodePhase(nodeId, "FAILED", deps.clock.now(), { queuedAt, failure: resolved.failure });
    return;
  }
  const layout = nodeLayout(deps.settings, spec.id, nodeId);
  await deps.blobs.put(layout.inputs, encodeLiteralMap(resolved.inputs), { isPutAgain: true });
  const key = catalogKeyOf(task, resolved.inputs);
  const cache = await lookUpCache(deps, key, executionSpec.overwriteCache ?? false, layout.outputs(0));
  const now = deps.clock.now();
  if (cache.status === "CACHE_HIT") run.enterNodePhase(nodeId, "SUCCEEDED", now, { cache, hasOutputs: true });
  else run.enterNodePhase(nodeId, "QUEUED", now, { queuedAt: now, cache, task: beginAttempt(run.definition, task, 0, 0, now) });
}
