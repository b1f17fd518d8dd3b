import { flyteidl } from "../../../idl/flyteidl.ts";
import { entityIdOf, executionIdOf } from "../../../idl/identifiers.ts";
import type { EntityId } from "../../../idl/identifiers.ts";
import { StatusError } from "../../../idl/status.ts";
import type { CompiledWorkflowClosure, WorkflowNode } from "../../../idl/types.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import type { ExecutionRow } from "../../../ports/state-store.ts";
import { executionText, missingEntity } from "../../events/event-refusals.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { entityMissing, largestClosure } from "../entities/get-entity.ts";
import { equals } from "../page.ts";
import { nodeRunsOf, upstreamEnd } from "./node-runs.ts";
import type { NodeRun } from "./node-runs.ts";
import { compareTimes, isUnset, operation, plus, teardown } from "./spans.ts";
import type { Span } from "./spans.ts";
import { attemptSpans, taskAttemptsOf } from "./task-spans.ts";
import type { TaskAttempt } from "./task-spans.ts";

type Deps = Pick<AdminDeps, "state" | "blobs">;
type Runs = ReadonlyMap<string, NodeRun>;

const [startNode, endNode] = ["start-node", "end-node"];
const attemptsAtOnce = 1000;

// Flyte: flyteadmin/pkg/manager/impl/metrics_manager.go. A depth of 0 stops, a negative one never does.

/** Where the time of an execution went, `depth` levels down: nodes, what they consist of, attempts at tasks. */
export async function executionSpan(deps: Deps, row: ExecutionRow, depth: number): Promise<Span> {
  const { createdAt, updatedAt, workflowId } = flyteidl.admin.ExecutionClosure.decode(row.closure);
  const span: Span = { startTime: createdAt ?? null, endTime: updatedAt ?? null, workflowId: { ...row.id } };
  if (depth === 0) return span;
  const runs = await nodeRunsOf(deps.state.read, row.id, "top-level");
  const started = runs.get(startNode)?.closure.updatedAt;
  if (isUnset(started)) return { ...span, spans: [operation("WORKFLOW_SETUP", createdAt, updatedAt)] };
  const closure = await closureOf(deps, entityIdOf(workflowId));
  const nodes = await graphSpans(deps, closure, runs, depth - 1);
  const end = upstreamEnd(endNode, closure, runs);
  const after = end ? teardown("WORKFLOW_TEARDOWN", end, updatedAt) : [];
  return { ...span, spans: [operation("WORKFLOW_SETUP", createdAt, started), ...nodes, ...after] };
}

async function graphSpans(deps: Deps, closure: CompiledWorkflowClosure, runs: Runs, depth: number): Promise<Span[]> {
  const nodes = new Map(closure.primary?.template?.nodes?.map((node) => [node.id ?? "", node]));
  const spans: Span[] = [];
  for (const [specNodeId, run] of [...runs].sort(([, a], [, b]) => compareTimes(a.closure.createdAt, b.closure.createdAt))) {
    if (specNodeId === startNode || specNodeId === endNode) continue;
    const node =
      nodes.get(specNodeId) ??
      (specNodeId === closure.primary?.template?.failureNode?.id ? closure.primary.template.failureNode : undefined);
    if (node == null) throw new StatusError("INTERNAL", `failed to discover workflow node '${specNodeId}' in its workflow`);
    const ready = upstreamEnd(specNodeId, closure, runs);
    const waited = ready ? [operation("NODE_TRANSITION", ready, run.closure.createdAt)] : [];
    spans.push(await nodeSpan(deps, closure, run, node, depth, waited));
  }
  return spans;
}

async function nodeSpan(
  deps: Deps,
  closure: CompiledWorkflowClosure,
  run: NodeRun,
  node: WorkflowNode,
  depth: number,
  before: readonly Span[] = [],
): Promise<Span> {
  const parts = depth === 0 ? [] : await partsOf(deps, closure, run, node, depth - 1);
  return {
    startTime: run.closure.createdAt ?? null,
    endTime: run.closure.updatedAt ?? null,
    nodeId: { nodeId: run.id.nodeId, executionId: { ...run.id.execution } },
    spans: [...before, ...parts],
  };
}

/** Of an array node and of what is not known there are no parts. */
async function partsOf(deps: Deps, closure: CompiledWorkflowClosure, run: NodeRun, node: WorkflowNode, depth: number): Promise<Span[]> {
  if (node.branchNode != null) return await branchParts(deps, closure, run, node.branchNode, depth);
  if (node.gateNode != null) return gateParts(run);
  if (node.taskNode != null) return await taskParts(deps, run, depth);
  if (node.workflowNode?.launchplanRef != null) return await launchPlanParts(deps, run, depth);
  if (node.workflowNode?.subWorkflowRef != null) {
    return await subWorkflowParts(deps, run, await subClosureOf(deps, closure, entityIdOf(node.workflowNode.subWorkflowRef)), depth);
  }
  return [];
}

async function branchParts(
  deps: Deps,
  closure: CompiledWorkflowClosure,
  run: NodeRun,
  branch: flyteidl.core.BranchNode.$Properties,
  depth: number,
): Promise<Span[]> {
  const { createdAt, updatedAt } = run.closure;
  const [child, ...others] = await nodeRunsOf(deps.state.read, run.id.execution, run.key);
  if (child === undefined) return [operation("NODE_SETUP", createdAt, updatedAt)];
  if (others.length > 0) {
    throw new StatusError("INTERNAL", `invalid branch node execution: expected 1 but found ${others.length + 1} node execution(s)`);
  }
  const [specNodeId, arm] = child;
  const { ifElse } = branch;
  const arms = [ifElse?.case?.thenNode, ...(ifElse?.other ?? []).map((other) => other.thenNode), ifElse?.elseNode];
  const node = arms.find((one) => one?.id === specNodeId);
  if (node == null) throw new StatusError("INTERNAL", `node '${specNodeId}' is no arm of its branch`);
  return [
    operation("NODE_SETUP", createdAt, arm.closure.createdAt),
    await nodeSpan(deps, closure, arm, node, depth),
    ...teardown("NODE_TEARDOWN", arm.closure.updatedAt, updatedAt),
  ];
}

function gateParts({ closure: { createdAt, updatedAt, startedAt, duration } }: NodeRun): Span[] {
  if (startedAt == null || isUnset(startedAt)) return [operation("NODE_SETUP", createdAt, updatedAt)];
  const setup = operation("NODE_SETUP", createdAt, startedAt);
  if (duration == null || isUnset(duration)) return [setup, operation("NODE_IDLE", startedAt, updatedAt)];
  const end = plus(startedAt, duration);
  return [setup, operation("NODE_IDLE", startedAt, end), ...teardown("NODE_TEARDOWN", end, updatedAt)];
}

async function taskParts(deps: Deps, run: NodeRun, depth: number): Promise<Span[]> {
  const { createdAt, updatedAt } = run.closure;
  const attempts = await attemptsOf(deps, run);
  const [first, last] = [attempts[0], attempts.at(-1)];
  if (!first || !last) return [operation("NODE_SETUP", createdAt, updatedAt)];
  const begun = [operation("NODE_SETUP", createdAt, first.closure.createdAt), ...attemptSpans(attempts, depth)];
  if (!run.isParent) return [...begun, ...teardown("NODE_TEARDOWN", last.closure.updatedAt, updatedAt)];
  const runs = await nodeRunsOf(deps.state.read, run.id.execution, run.key);
  if (runs.size === 0) return [...begun, ...teardown("NODE_RESET", last.closure.updatedAt, updatedAt)];
  const closure = flyteidl.core.CompiledWorkflowClosure.decode(await readBlob(deps.blobs, run.dynamicWorkflowUri, largestClosure));
  const reset = operation("NODE_RESET", last.closure.updatedAt, runs.get(startNode)?.closure.updatedAt);
  return [...begun, reset, ...(await innerSpans(deps, run, closure, runs, depth))];
}

async function subWorkflowParts(deps: Deps, run: NodeRun, closure: CompiledWorkflowClosure, depth: number): Promise<Span[]> {
  const { createdAt, updatedAt } = run.closure;
  const runs = await nodeRunsOf(deps.state.read, run.id.execution, run.key);
  if (runs.size === 0) return [operation("NODE_SETUP", createdAt, updatedAt)];
  const setup = operation("NODE_SETUP", createdAt, runs.get(startNode)?.closure.updatedAt);
  return [setup, ...(await innerSpans(deps, run, closure, runs, depth))];
}

/** The nodes of the graph within a node, and what the node does after them. */
async function innerSpans(deps: Deps, run: NodeRun, closure: CompiledWorkflowClosure, runs: Runs, depth: number): Promise<Span[]> {
  const end = upstreamEnd(endNode, closure, runs);
  return [...(await graphSpans(deps, closure, runs, depth)), ...(end ? teardown("NODE_TEARDOWN", end, run.closure.updatedAt) : [])];
}

async function launchPlanParts(deps: Deps, run: NodeRun, depth: number): Promise<Span[]> {
  const { createdAt, updatedAt, workflowNodeMetadata } = run.closure;
  if (workflowNodeMetadata == null) return [operation("NODE_SETUP", createdAt, updatedAt)];
  const id = executionIdOf(workflowNodeMetadata.executionId);
  const child = await deps.state.read.executions.get(id);
  if (child === undefined) throw missingEntity("execution", executionText(id));
  const span = await executionSpan(deps, child, depth);
  return [operation("NODE_SETUP", createdAt, span.startTime), span, ...teardown("NODE_TEARDOWN", span.endTime, updatedAt)];
}

async function attemptsOf(deps: Deps, { id: { execution, nodeId } }: NodeRun): Promise<readonly TaskAttempt[]> {
  const filters = [
    equals("task_execution", "execution_project", execution.project),
    equals("task_execution", "execution_domain", execution.domain),
    equals("task_execution", "execution_name", execution.name),
    equals("task_execution", "node_id", nodeId),
  ];
  return taskAttemptsOf(await deps.state.read.taskExecutions.list({ filters, limit: attemptsAtOnce, offset: 0 }));
}

async function closureOf(deps: Deps, id: EntityId): Promise<CompiledWorkflowClosure> {
  const row = await deps.state.read.workflows.get(id);
  if (row === undefined) throw entityMissing("WORKFLOW", id);
  return flyteidl.core.CompiledWorkflowClosure.decode(await readBlob(deps.blobs, row.remoteClosureIdentifier, largestClosure));
}

/** A sub-workflow is in the closure of the workflow that has it: what ran is what was compiled there. */
async function subClosureOf(deps: Deps, closure: CompiledWorkflowClosure, id: EntityId): Promise<CompiledWorkflowClosure> {
  const text = JSON.stringify(id);
  const primary = closure.subWorkflows?.find((one) => JSON.stringify(entityIdOf(one.template?.id)) === text);
  return primary ? { primary, subWorkflows: closure.subWorkflows ?? [] } : await closureOf(deps, id);
}
