import { flyteidl } from "../../idl/flyteidl.ts";
import { nodeExecutionIdOf, executionIdOf } from "../../idl/identifiers.ts";
import { isTerminalNode, nodePhaseOf } from "../../idl/phases.ts";
import type { NodePhase } from "../../idl/phases.ts";
import { formatUrn } from "../../idl/urn.ts";
import { timeText } from "../../idl/literals/literal-value.ts";
import type { Table } from "../table.ts";
import { errorHeadline, errorView } from "./error-view.ts";
import type { ErrorView } from "./error-view.ts";
import { durationSeconds, durationText, secondsText } from "./time-view.ts";

export interface NodeExecutionView {
  readonly urn: string;
  readonly nodeId: string;
  /** Id in the compiled workflow. */
  readonly specNodeId: string | null;
  /** What it is called where the workflow was written; null when that is not asked for, or when it has none. */
  readonly name: string | null;
  readonly phase: NodePhase;
  readonly isParent: boolean;
  /** What it launches for its elements are nodes below it; tasks of elements are not. */
  readonly isArray: boolean;
  /** `CACHE_HIT`, `CACHE_POPULATED`, …; null for nodes without a task. */
  readonly cacheStatus: string | null;
  /** The execution a launch plan node started. */
  readonly childExecution: string | null;
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly durationSeconds: number | null;
  readonly error: ErrorView | null;
  /** How deep below the execution's own nodes. */
  readonly depth: number;
}

export function nodeExecutionView(node: flyteidl.admin.NodeExecution.$Properties, now: number, depth = 0): NodeExecutionView {
  const closure = node.closure;
  const phase = nodePhaseOf(closure?.phase);
  const id = nodeExecutionIdOf(node.id);
  const cache = flyteidl.core.CatalogCacheStatus as unknown as Record<number, string>;
  const child = closure?.workflowNodeMetadata?.executionId;
  return {
    urn: formatUrn({ kind: "node_execution", id }),
    nodeId: id.nodeId,
    specNodeId: node.metadata?.specNodeId || null,
    name: null,
    phase,
    isParent: node.metadata?.isParentNode ?? false,
    isArray: node.metadata?.isArray ?? false,
    cacheStatus: closure?.taskNodeMetadata == null ? null : (cache[closure.taskNodeMetadata.cacheStatus ?? 0] ?? null),
    childExecution: child == null ? null : formatUrn({ kind: "execution", id: executionIdOf(child) }),
    createdAt: timeText(closure?.createdAt),
    startedAt: timeText(closure?.startedAt),
    durationSeconds: durationSeconds(closure?.startedAt, closure?.duration, isTerminalNode(phase) ? undefined : now),
    error: errorView(closure?.error),
    depth,
  };
}

/** By start (of what never started, as a cache hit, by when it was made), then by name: `n2` before `n10`. */
export function inOrderOfStart(a: NodeExecutionView, b: NodeExecutionView): number {
  const [since, other] = [a.startedAt ?? a.createdAt ?? "~", b.startedAt ?? b.createdAt ?? "~"];
  return since === other ? a.nodeId.localeCompare(b.nodeId, "en", { numeric: true }) : since < other ? -1 : 1;
}

/** With the executions that nodes have launched, where there are any. */
export function nodeExecutionTable(nodes: readonly NodeExecutionView[]): Table {
  const launches = nodes.some((node) => node.childExecution !== null);
  return {
    columns: ["node", "phase", "cache", "started", "duration", ...(launches ? ["execution"] : []), "error"],
    rows: nodes.map((node) => [
      `${"  ".repeat(node.depth)}${node.nodeId}${node.name === null ? "" : ` ${node.name}`}`,
      node.phase,
      node.cacheStatus === null || node.cacheStatus === "CACHE_DISABLED" ? "" : node.cacheStatus.replace(/^CACHE_/, ""),
      secondsText(node.startedAt),
      durationText(node.durationSeconds),
      ...(launches ? [node.childExecution ?? ""] : []),
      node.error === null ? "" : errorHeadline(node.error),
    ]),
  };
}
