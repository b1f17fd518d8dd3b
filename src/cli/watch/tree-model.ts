import { durationText } from "../views/time-view.ts";
import { oneLine } from "../plain-text.ts";
import { elementsText } from "../views/elements-view.ts";
import type { ElementsView } from "../views/elements-view.ts";
import type { PhaseChange } from "./phase-change.ts";
import { isInvisible } from "./phase-change.ts";

/** What is known of an execution and its nodes, in the order in which they were heard of. */
export interface WatchTree {
  execution: Item | undefined;
  readonly nodes: Map<string, Item>;
}

interface Item {
  readonly urn: string;
  /** In its workflow, which within another node is shorter, and told apart from its siblings' by its place. */
  readonly specNodeId: string | null;
  readonly parentNodeId: string | null;
  readonly name: string | null;
  readonly phase: string;
  readonly cacheStatus: string | null;
  readonly startedAt: string | null;
  readonly durationSeconds: number | null;
  /** How many there have been. */
  readonly attempts: number;
  /** The last failure, of the item or of an attempt of its task. */
  readonly error: string | null;
  readonly elements: ElementsView | null;
  /** Why it waits. */
  readonly reason: string | null;
  readonly log: string | null;
  readonly childExecution: string | null;
}

export type Mark = "waiting" | "running" | "done" | "failed" | "stopped";

/** An item of the tree: a line, and another for its detail. */
export interface TreeRow {
  readonly key: string;
  readonly depth: number;
  readonly mark: Mark;
  readonly label: string;
  readonly phase: string;
  readonly duration: string;
  /** `from cache`, `attempt 2`, … */
  readonly notes: readonly string[];
  /** The last error, else where the log of what runs is read. */
  readonly detail: string | null;
}

export const emptyTree = (): WatchTree => ({ execution: undefined, nodes: new Map() });

const unknown: Item = {
  urn: "",
  specNodeId: null,
  parentNodeId: null,
  name: null,
  phase: "UNDEFINED",
  cacheStatus: null,
  startedAt: null,
  durationSeconds: null,
  attempts: 0,
  error: null,
  elements: null,
  reason: null,
  log: null,
  childExecution: null,
};

/** Takes a change into the tree, in place: there may be tens of thousands. */
export function takeChange(tree: WatchTree, change: PhaseChange): void {
  if (isInvisible(change)) return;
  if (change.nodeId === null) {
    tree.execution = merged(tree.execution ?? unknown, change);
    return;
  }
  const before = tree.nodes.get(change.nodeId) ?? unknown;
  tree.nodes.set(change.nodeId, change.level === "task" ? withAttempt(before, change) : merged(before, change));
}

function merged(item: Item, change: PhaseChange): Item {
  return {
    ...item,
    urn: change.urn,
    specNodeId: change.specNodeId ?? item.specNodeId,
    parentNodeId: change.parentNodeId ?? item.parentNodeId,
    name: change.name ?? item.name,
    phase: change.phase,
    cacheStatus: change.cacheStatus ?? item.cacheStatus,
    startedAt: change.startedAt ?? item.startedAt,
    durationSeconds: change.durationSeconds,
    // Succeeding makes an attempt's failure past.
    error: change.phase === "SUCCEEDED" ? null : (change.reason ?? item.error),
    childExecution: change.childExecution ?? item.childExecution,
  };
}

const waits = "WAITING_FOR_RESOURCES";

function withAttempt(item: Item, change: PhaseChange): Item {
  const failed = markOf(change.phase) === "failed";
  const { phase } = item;
  // The node's own change may come after its task's; it has none for an attempt that waits for a token.
  const isToldBy = phase === "UNDEFINED" || phase === waits || (phase === "QUEUED" && change.phase === waits);
  return {
    ...item,
    name: change.name ?? item.name,
    phase: isToldBy ? change.phase : phase,
    attempts: Math.max(item.attempts, (change.attempt ?? 0) + 1),
    error: failed ? (change.reason ?? item.error) : item.error,
    reason: failed || change.phase === "RUNNING" ? null : change.reason,
    elements: change.elements ?? item.elements,
    log: change.log ?? item.log,
  };
}

/** The rows at a moment, in at most `height` lines: what ended well makes room first, oldest first, then what is older. */
export function treeRows(tree: WatchTree, now: number, height = Number.POSITIVE_INFINITY): readonly TreeRow[] {
  const head = tree.execution ? [rowOf("", tree.execution, 0, now)] : [];
  const families = Map.groupBy(tree.nodes, ([, { parentNodeId }]) => parentNodeId);
  const seen = new Set<string>();
  const below = (parent: string | null, depth: number): TreeRow[] =>
    (families.get(parent) ?? []).flatMap(([id, item]) => {
      if (seen.has(id)) return [];
      seen.add(id);
      return [rowOf(id, item, depth, now), ...below(id, depth + 1)];
    });
  const rows = below(null, 1);
  return [...head, ...fitting(rows, height - linesOf(head))];
}

/** A line for something that is no node. */
export function noticeRow(text: string): TreeRow {
  return { key: "more", depth: 1, mark: "waiting", label: oneLine(text), phase: "", duration: "", notes: [], detail: null };
}

function linesOf(rows: readonly TreeRow[]): number {
  return rows.reduce((sum, { detail }) => sum + (detail === null ? 1 : 2), 0);
}

function fitting(rows: readonly TreeRow[], room: number): readonly TreeRow[] {
  let left = linesOf(rows);
  if (left <= room) return rows;
  const gone = new Set<TreeRow>();
  for (const row of [...rows.filter(({ mark }) => mark === "done"), ...rows.filter(({ mark }) => mark !== "done")]) {
    if (left <= room - 1) break;
    gone.add(row);
    left -= linesOf([row]);
  }
  const counts = Map.groupBy(gone, ({ phase }) => phase);
  const label = `… ${gone.size} more: ${[...counts].map(([phase, members]) => `${members.length} ${phase}`).join(", ")}`;
  return [...rows.filter((row) => !gone.has(row)), noticeRow(label)];
}

function rowOf(id: string, item: Item, depth: number, now: number): TreeRow {
  const mark = markOf(item.phase);
  const started = item.startedAt === null ? undefined : Date.parse(item.startedAt);
  const running = mark === "running" && started !== undefined ? Math.max(0, now - started) / 1000 : null;
  const cache = item.cacheStatus === "CACHE_HIT" ? ["from cache"] : item.cacheStatus === "CACHE_POPULATED" ? ["cached"] : [];
  const log = mark === "running" || mark === "failed" ? item.log : null;
  const detail = item.error ?? log;
  const shortId = item.parentNodeId === null ? id : (item.specNodeId ?? id);
  return {
    key: id,
    depth,
    mark,
    label: oneLine(id === "" ? item.urn : item.name === null || item.name === shortId ? shortId : `${shortId} ${item.name}`),
    phase: item.phase,
    duration: durationText(item.durationSeconds ?? running),
    notes: [
      ...cache,
      ...(item.elements === null ? [] : [elementsText(item.elements)]),
      ...(item.attempts > 1 ? [`attempt ${item.attempts}`] : []),
      ...(item.childExecution === null ? [] : [oneLine(item.childExecution)]),
      ...(mark === "waiting" && item.reason !== null ? [oneLine(item.reason)] : []),
    ],
    detail: detail === null ? null : oneLine(detail),
  };
}

export function markOf(phase: string): Mark {
  switch (phase) {
    case "SUCCEEDED":
    case "RECOVERED":
      return "done";
    case "FAILED":
    case "FAILING":
    case "TIMED_OUT":
    case "RETRYABLE_FAILED":
      return "failed";
    case "ABORTED":
    case "ABORTING":
    case "SKIPPED":
      return "stopped";
    case "UNDEFINED":
    case "QUEUED":
    case "INITIALIZING":
    case "WAITING_FOR_RESOURCES":
      return "waiting";
    default:
      return "running";
  }
}
