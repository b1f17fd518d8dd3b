import { attemptRulesOf } from "./attempt-rules.ts";
import { expiryOf } from "./deadlines.ts";
import type { AttemptState, Failure, NodeState } from "./state.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { PropellerDeps } from "./propeller-deps.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** How a node goes on after a failed attempt. */
export function failAttempt(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  error: Failure,
  retryable: boolean,
  at: number,
  patch: Partial<NodeState> = {},
): void {
  const state = run.node(node);
  const decision = retryable
    ? attemptRulesOf(run.definition, deps.settings, node).decideRetry(state, error)
    : { retry: false as const, systemFailures: state.systemFailures + (error.kind === "SYSTEM" ? 1 : 0), failure: error };
  const { systemFailures } = decision;
  if (decision.retry) run.enterNodePhase(node, "RETRYABLE_FAILURE", at, { ...patch, systemFailures });
  else run.enterNodePhase(node, "FAILING", at, { ...patch, systemFailures, failure: decision.failure });
}

/**
 * Ends an attempt whose time is up, and answers whether it is. Nobody is told before that decision is saved: a later round
 * might find it ended well.
 */
export function expireAttempt(
  run: WorkflowRun,
  deps: PropellerDeps,
  node: PlacedNode,
  runningAt: number | undefined,
  task?: AttemptState,
): boolean {
  const now = deps.clock.now();
  const { deadlines } = attemptRulesOf(run.definition, deps.settings, node);
  const expiry = expiryOf(deadlines, { queuedAt: run.node(node).queuedAt, runningAt }, now);
  if (!expiry) return false;
  const { failure } = expiry;
  const patch: Partial<NodeState> = task ? { task: { ...task, end: { phase: "FAILED", failure, at: now } } } : {};
  run.unsettled.add(node);
  if (expiry.deadline === "ACTIVE") run.enterNodePhase(node, "TIMING_OUT", now, { ...patch, failure });
  else failAttempt(run, deps, node, { ...failure, kind: "USER" }, true, now, patch);
  return true;
}

/** When the present attempt of a node without a task began to run. */
export const runningSince = ({ phase, since }: NodeState): number | undefined => (phase === "RUNNING" ? since : undefined);
