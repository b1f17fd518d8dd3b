import { deadlinesOf } from "./deadlines.ts";
import { decideRetry, isAttemptInterruptible, maxAttemptsOf } from "./retry.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EngineSettings } from "../settings.ts";
import type { Failure, NodeState } from "./state.ts";
import type { PlacedNode } from "./placed-node.ts";
import type { RetryDecision, RetryPolicy } from "./retry.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";

/** What the node, the execution and the settings say of a node's attempts. */
export interface AttemptRules {
  readonly deadlines: Deadlines;
  decideRetry(state: NodeState, failure: Failure): RetryDecision;
  isInterruptible(attempt: number, systemFailures: number): boolean;
}

export function attemptRulesOf(
  definition: WorkflowDefinition,
  settings: EngineSettings,
  { node, scope, element }: PlacedNode,
): AttemptRules {
  const { nodeDefaults } = settings;
  const taskRetries = scope.program.taskOf(node)?.metadata?.retries?.retries ?? 0;
  const policy: RetryPolicy = {
    maxAttempts: maxAttemptsOf(node.metadata?.retries?.retries ?? 0, taskRetries, nodeDefaults.maxAttempts),
    maxSystemFailures: nodeDefaults.maxSystemFailures,
    ignoreCause: nodeDefaults.ignoreRetryCause ?? false,
  };
  // The node's own wish, else the execution's, else the workflow's: that of the whole, in sub-workflows too.
  const interruptible =
    node.metadata?.interruptible ??
    definition.executionSpec.interruptible?.value ??
    (definition.template.metadataDefaults?.interruptible || nodeDefaults.interruptible);
  const deadlines = deadlinesOf(node.metadata?.timeout, nodeDefaults);
  return {
    // Elements have no time-out over all attempts: their array knows of each only how it is. Flyte: nodes/array/handler.go.
    deadlines: element ? { ...deadlines, active: 0 } : deadlines,
    decideRetry: (state, failure) => decideRetry(policy, state.attempt, state.systemFailures, failure),
    isInterruptible: (attempt, systemFailures) =>
      interruptible && isAttemptInterruptible(policy, nodeDefaults.interruptibleFailureThreshold ?? -1, attempt, systemFailures),
  };
}
