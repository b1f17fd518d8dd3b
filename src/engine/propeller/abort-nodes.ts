import { isNodeActive } from "./node-transition.ts";
import type { Scope } from "./scope.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** Decides that all that is at work in a scope, and in those within, is to be aborted; what has ended already keeps its outcome. */
export function abortNodes(run: WorkflowRun, scope: Scope, reason: string, now: number): void {
  for (const node of scope.atWork) {
    const { phase, task } = run.node(node);
    for (const within of run.scopesWithin(node)) abortNodes(run, within, reason, now);
    if (!isNodeActive(phase) && phase !== "RETRYABLE_FAILURE") continue;
    run.enterNodePhase(node, "ABORTING", now, {
      failure: { code: "NodeAborted", message: reason, kind: "UNKNOWN" },
      ...(task && isNodeActive(phase) && { task: run.handlerOf(node).abortAttempt?.(task, reason, now) ?? task }),
    });
  }
}
