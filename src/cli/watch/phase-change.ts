import type { flyte, flyteidl } from "../../idl/flyteidl.ts";
import { isTerminalExecution, isTerminalNode, isTerminalTask } from "../../idl/phases.ts";
import { toNumber } from "../../idl/time.ts";
import { oneLine } from "../plain-text.ts";
import { errorHeadline } from "../views/error-view.ts";
import type { ErrorView } from "../views/error-view.ts";
import { elementsText } from "../views/elements-view.ts";
import type { ElementsView } from "../views/elements-view.ts";
import { executionView } from "../views/execution-view.ts";
import type { ExecutionView } from "../views/execution-view.ts";
import { nodeExecutionView } from "../views/node-execution-view.ts";
import { taskExecutionView } from "../views/task-execution-view.ts";
import { timeText } from "../../idl/literals/literal-value.ts";

/** One phase change of an execution or of something in it: a line of `watch`. */
export interface PhaseChange {
  /** Of the stream; null when the deployment has none and is asked again and again. */
  readonly sequence: number | null;
  readonly at: string | null;
  readonly level: "execution" | "node" | "task";
  readonly urn: string;
  /** Node id, with the attempt for tasks; empty for the execution itself. */
  readonly label: string;
  readonly phase: string;
  readonly cacheStatus: string | null;
  /** The error's or the phase's reason, in one line. */
  readonly reason: string | null;
  /** Of the node, or of the node the task runs for; null for the execution itself. */
  readonly nodeId: string | null;
  /** A node's id in the compiled workflow. */
  readonly specNodeId: string | null;
  /** Of the node that a node is within; null for the execution's own nodes. */
  readonly parentNodeId: string | null;
  /** Of a task that is an array: how many of its elements are where. */
  readonly elements: ElementsView | null;
  /** What the node is called where the workflow was written, when that is known. */
  readonly name: string | null;
  /** A task's, from 0. */
  readonly attempt: number | null;
  readonly startedAt: string | null;
  /** Of what has ended. */
  readonly durationSeconds: number | null;
  /** Where a task's last log is read. */
  readonly log: string | null;
  /** URN of the workflow that an execution runs. */
  readonly workflow: string | null;
  /** The execution that a node has started. */
  readonly childExecution: string | null;
}

const unsaid = {
  label: "",
  cacheStatus: null,
  nodeId: null,
  specNodeId: null,
  parentNodeId: null,
  name: null,
  attempt: null,
  elements: null,
  log: null,
  workflow: null,
  childExecution: null,
} as const;

/** What an event of the watch stream says; undefined for an event of a later version that sets none we know. */
export function phaseChangeOf(event: flyte.watch.v1.WatchEvent.$Properties): PhaseChange | undefined {
  const sequence = toNumber(event.sequence);
  if (event.execution != null) return executionChange(executionView(event.execution, 0), sequence);
  if (event.nodeExecution != null) return nodeChange(event.nodeExecution, event.parentNodeId || null, sequence);
  if (event.taskExecution == null) return undefined;
  const view = taskExecutionView(event.taskExecution, 0);
  const nodeId = event.taskExecution.id?.nodeExecutionId?.nodeId ?? "";
  return {
    ...unsaid,
    sequence,
    at: timeText(event.taskExecution.closure?.updatedAt),
    level: "task",
    urn: view.urn,
    label: view.attempt === 0 ? nodeId : `${nodeId} attempt ${view.attempt + 1}`,
    phase: view.phase,
    reason: reasonOf(view.error, view.reason),
    nodeId,
    attempt: view.attempt,
    elements: view.elements,
    startedAt: view.startedAt,
    durationSeconds: isTerminalTask(view.phase) ? view.durationSeconds : null,
    log: view.logs.at(-1)?.uri || null,
  };
}

export function executionChange(view: ExecutionView, sequence: number | null): PhaseChange {
  const { urn, phase, startedAt, workflow } = view;
  const durationSeconds = isTerminalExecution(phase) ? view.durationSeconds : null;
  const reason = reasonOf(view.error, view.abortCause);
  return { ...unsaid, sequence, at: view.updatedAt, level: "execution", urn, phase, reason, startedAt, durationSeconds, workflow };
}

export function nodeChange(
  node: flyteidl.admin.NodeExecution.$Properties,
  parentNodeId: string | null,
  sequence: number | null,
): PhaseChange {
  const view = nodeExecutionView(node, 0);
  const { urn, nodeId, specNodeId, phase, cacheStatus, startedAt, childExecution } = view;
  return {
    ...unsaid,
    sequence,
    at: timeText(node.closure?.updatedAt),
    level: "node",
    urn,
    label: nodeId,
    phase,
    cacheStatus,
    reason: reasonOf(view.error, null),
    nodeId,
    specNodeId,
    parentNodeId,
    startedAt,
    durationSeconds: isTerminalNode(phase) ? view.durationSeconds : null,
    childExecution,
  };
}

/** `12:00:03  node       n0 load               SUCCEEDED  from cache`; undefined for what only programs want to know. */
export function phaseChangeText(change: PhaseChange): string | undefined {
  if (change.phase === "UNDEFINED" || isInvisible(change)) return undefined;
  const time = change.at?.slice(11, 19) ?? "        ";
  const cached = change.cacheStatus === "CACHE_HIT" ? ["from cache"] : [];
  const named = change.name === null ? change.label : change.label.replace(change.nodeId ?? "", `${change.nodeId} ${change.name}`);
  const label = named ? [oneLine(named).padEnd(20)] : [];
  const launched = change.phase === "RUNNING" && change.childExecution !== null ? [oneLine(change.childExecution)] : [];
  // Once it runs, what it waited for is past.
  const reason = change.reason && change.phase !== "RUNNING" && change.phase !== "SUCCEEDED" ? [change.reason] : [];
  const elements = change.elements === null ? [] : [elementsText(change.elements)];
  return [time, change.level.padEnd(9), ...label, change.phase, ...cached, ...elements, ...launched, ...reason].join("  ");
}

/** The start and end node, of sub-workflows too, do nothing a person asks about. */
export function isInvisible({ nodeId, specNodeId }: PhaseChange): boolean {
  return [nodeId, specNodeId].some((id) => id === "start-node" || id === "end-node");
}

function reasonOf(error: ErrorView | null, reason: string | null): string | null {
  const text = error === null ? reason?.split("\n").findLast((line) => line.trim() !== "") : errorHeadline(error);
  return text ? oneLine(text) : null;
}
