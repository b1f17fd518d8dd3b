import type { flyte, flyteidl } from "../../idl/flyteidl.ts";
import { toNumber } from "../../idl/time.ts";
import { oneLine } from "../plain-text.ts";
import { executionView } from "../views/execution-view.ts";
import type { ExecutionView } from "../views/execution-view.ts";
import { nodeExecutionView } from "../views/node-execution-view.ts";
import { taskExecutionView } from "../views/task-execution-view.ts";
import { timeText } from "../literal-value.ts";

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
}

/** What an event of the watch stream says; undefined for an event of a later version that sets none we know. */
export function phaseChangeOf(event: flyte.watch.v1.WatchEvent.$Properties): PhaseChange | undefined {
  const sequence = toNumber(event.sequence);
  if (event.execution != null) return executionChange(executionView(event.execution, 0), sequence);
  if (event.nodeExecution != null) return nodeChange(event.nodeExecution, sequence);
  if (event.taskExecution == null) return undefined;
  const view = taskExecutionView(event.taskExecution, 0);
  const nodeId = event.taskExecution.id?.nodeExecutionId?.nodeId ?? "";
  const label = view.attempt === 0 ? nodeId : `${nodeId} attempt ${view.attempt + 1}`;
  const at = timeText(event.taskExecution.closure?.updatedAt);
  return {
    sequence,
    at,
    level: "task",
    urn: view.urn,
    label,
    phase: view.phase,
    cacheStatus: null,
    reason: reasonOf(view.error?.message ?? view.reason),
  };
}

export function executionChange(view: ExecutionView, sequence: number | null): PhaseChange {
  const reason = reasonOf(view.error?.message ?? view.abortCause);
  return { sequence, at: view.updatedAt, level: "execution", urn: view.urn, label: "", phase: view.phase, cacheStatus: null, reason };
}

export function nodeChange(node: flyteidl.admin.NodeExecution.$Properties, sequence: number | null): PhaseChange {
  const { urn, nodeId, phase, cacheStatus, error } = nodeExecutionView(node, 0);
  return {
    sequence,
    at: timeText(node.closure?.updatedAt),
    level: "node",
    urn,
    label: nodeId,
    phase,
    cacheStatus,
    reason: reasonOf(error?.message),
  };
}

/** `12:00:03  node  n0  SUCCEEDED  from cache`; undefined for what only programs want to know. */
export function phaseChangeText(change: PhaseChange): string | undefined {
  if (change.phase === "UNDEFINED" || change.label === "start-node" || change.label === "end-node") return undefined;
  const time = change.at?.slice(11, 19) ?? "        ";
  const cached = change.cacheStatus === "CACHE_HIT" ? ["from cache"] : [];
  const label = change.label ? [change.label.padEnd(12)] : [];
  // Once it runs, what it waited for is past.
  const reason = change.reason && change.phase !== "RUNNING" && change.phase !== "SUCCEEDED" ? [change.reason] : [];
  return [time, change.level.padEnd(9), ...label, change.phase, ...cached, ...reason].join("  ");
}

function reasonOf(message: string | null | undefined): string | null {
  // Of a traceback the last line says what it was.
  const last = message?.split("\n").findLast((line) => line.trim() !== "");
  return last === undefined ? null : oneLine(last);
}
