import { decideRetry, isAttemptInterruptible, maxAttemptsOf } from "../../retry.ts";
import { deadlinesOf } from "../../deadlines.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { EngineSettings } from "../../../settings.ts";
import type { RetryDecision, RetryPolicy } from "../../retry.ts";
import type { Failure, NodeState } from "../../state.ts";
import type { TaskTemplate, WorkflowNode } from "../../../../idl/types.ts";
import type { WorkflowDefinition } from "../../workflow-definition.ts";

/** A task node as it was declared, with what the execution and the settings say of it. */
export interface TaskOfNode {
  readonly node: WorkflowNode;
  readonly template: TaskTemplate;
  readonly deadlines: Deadlines;
  decideRetry(state: NodeState, failure: Failure): RetryDecision;
  isInterruptible(attempt: number, systemFailures: number): boolean;
}

/** RangeError for a node that is no task node: the definition's refusal keeps them out. */
export function taskOfNode(definition: WorkflowDefinition, settings: EngineSettings, nodeId: string): TaskOfNode {
  const node = definition.graph.byId.get(nodeId)?.node;
  const template = node ? definition.taskOf(node) : undefined;
  if (!node || !template) throw new RangeError(`node [${nodeId}] is no task node`);
  const { nodeDefaults } = settings;
  const policy: RetryPolicy = {
    maxAttempts: maxAttemptsOf(node.metadata?.retries?.retries ?? 0, template.metadata?.retries?.retries ?? 0, nodeDefaults.maxAttempts),
    maxSystemFailures: nodeDefaults.maxSystemFailures,
    ignoreCause: nodeDefaults.ignoreRetryCause ?? false,
  };
  // The node's own wish, else the execution's, else the workflow's.
  const interruptible =
    node.metadata?.interruptible ??
    definition.executionSpec.interruptible?.value ??
    (definition.template.metadataDefaults?.interruptible || nodeDefaults.interruptible);
  return {
    node,
    template,
    deadlines: deadlinesOf(node.metadata?.timeout, nodeDefaults),
    decideRetry: (state, failure) => decideRetry(policy, state.attempt, state.systemFailures, failure),
    isInterruptible: (attempt, systemFailures) =>
      interruptible && isAttemptInterruptible(policy, nodeDefaults.interruptibleFailureThreshold ?? -1, attempt, systemFailures),
  };
}
