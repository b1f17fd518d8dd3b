import { describe, expect, test } from "vitest";
import type { PhaseChange } from "./phase-change.ts";
import { emptyTree, markOf, takeChange, treeRows } from "./tree-model.ts";
import { executionPhases, nodePhases, taskPhases } from "../../idl/phases.ts";

const start = Date.parse("2026-01-02T03:04:05.000Z");
const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString();
const base: PhaseChange = {
  sequence: 1,
  at: at(0),
  level: "execution",
  urn: "ex:p:d:e",
  label: "",
  phase: "RUNNING",
  cacheStatus: null,
  reason: null,
  nodeId: null,
  specNodeId: null,
  parentNodeId: null,
  name: null,
  attempt: null,
  elements: null,
  startedAt: at(0),
  durationSeconds: null,
  log: null,
  workflow: null,
  childExecution: null,
};
const node = (nodeId: string, phase: string, more: Partial<PhaseChange> = {}): PhaseChange => ({
  ...base,
  level: "node",
  urn: `ne:p:d:e:${nodeId}`,
  nodeId,
  phase,
  ...more,
});
const task = (nodeId: string, phase: string, attempt: number, more: Partial<PhaseChange> = {}): PhaseChange => ({
  ...base,
  level: "task",
  nodeId,
  phase,
  attempt,
  ...more,
});
const treeOf = (changes: readonly PhaseChange[]) => {
  const tree = emptyTree();
  for (const change of changes) takeChange(tree, change);
  return tree;
};
const shown = (changes: readonly PhaseChange[], seconds = 10, height?: number): string[] =>
  treeRows(treeOf(changes), start + seconds * 1000, height).map((row) =>
    [
      `${"  ".repeat(row.depth)}${row.mark}`,
      row.label,
      row.phase,
      row.duration,
      ...row.notes,
      ...(row.detail === null ? [] : [`(${row.detail})`]),
    ]
      .filter(Boolean)
      .join(" "),
  );

test("nothing is heard of yet", () => {
  expect(shown([])).toEqual([]);
});

test("an execution with what runs, with its name, the time so far and the last log", () => {
  const changes = [
    base,
    node("start-node", "SUCCEEDED"),
    node("n0", "QUEUED", { name: "load", startedAt: null }),
    task("n0", "QUEUED", 0, { reason: "pulling", startedAt: null }),
  ];
  expect(shown(changes)).toEqual(["running ex:p:d:e RUNNING 10s", "  waiting n0 load QUEUED pulling"]);
  const running = [...changes, task("n0", "RUNNING", 0, { log: "http://h/log" }), node("n0", "RUNNING", { startedAt: at(4) })];
  expect(shown(running)).toEqual(["running ex:p:d:e RUNNING 10s", "  running n0 load RUNNING 6.0s (http://h/log)"]);
  expect(shown(running, 70)[1]).toBe("  running n0 load RUNNING 1m06s (http://h/log)");
});

test("an attempt that waits for a token is told as such, until it has one", () => {
  const waiting = [
    base,
    node("n0", "QUEUED", { startedAt: null }),
    task("n0", "QUEUED", 0, { startedAt: null }),
    task("n0", "WAITING_FOR_RESOURCES", 0, { reason: "Quota for task has exceeded.", startedAt: null }),
  ];
  expect(shown(waiting)[1]).toBe("  waiting n0 WAITING_FOR_RESOURCES Quota for task has exceeded.");
  expect(shown([...waiting, task("n0", "QUEUED", 0, { reason: "launched", startedAt: null })])[1]).toBe("  waiting n0 QUEUED launched");
});

test("an end is told with the recorded duration, whatever the time is", () => {
  const changes = [
    base,
    node("n0", "RUNNING"),
    task("n0", "RUNNING", 0, { log: "l" }),
    node("n0", "SUCCEEDED", { durationSeconds: 3, cacheStatus: "CACHE_POPULATED" }),
  ];
  expect(shown([...changes, { ...base, phase: "SUCCEEDED", durationSeconds: 4 }], 100)).toEqual([
    "done ex:p:d:e SUCCEEDED 4.0s",
    "  done n0 SUCCEEDED 3.0s cached",
  ]);
  expect(shown([base, node("n0", "SUCCEEDED", { startedAt: null, cacheStatus: "CACHE_HIT" })])[1]).toBe("  done n0 SUCCEEDED from cache");
});

test("a retry shows the error before it until it succeeds; a failure keeps its own", () => {
  const retried = [
    node("n0", "RUNNING"),
    task("n0", "RUNNING", 0),
    task("n0", "FAILED", 0, { reason: "ValueError: no" }),
    task("n0", "QUEUED", 1, { reason: "starting" }),
  ];
  expect(shown(retried)).toEqual(["  running n0 RUNNING 10s attempt 2 (ValueError: no)"]);
  expect(shown([...retried, node("n0", "SUCCEEDED", { durationSeconds: 1 })])).toEqual(["  done n0 SUCCEEDED 1.0s attempt 2"]);
  expect(shown([...retried, node("n0", "FAILED", { durationSeconds: 1, reason: "KeyError: x" })])).toEqual([
    "  failed n0 FAILED 1.0s attempt 2 (KeyError: x)",
  ]);
});

test("a task may be heard of before its node", () => {
  expect(shown([task("n0", "RUNNING", 0), node("n0", "RUNNING")])).toEqual(["  running n0 RUNNING 10s"]);
});

test("an array shows how many of its elements are where, and nothing of them one by one", () => {
  const elements = { size: 1000, succeeded: 7, failed: 1, aborted: 0, running: 2, queued: 990 };
  const changes = [base, node("n0", "RUNNING"), task("n0", "RUNNING", 0, { elements }), task("n0", "RUNNING", 0, { elements: null })];
  expect(shown(changes)).toEqual([
    "running ex:p:d:e RUNNING 10s",
    "  running n0 RUNNING 10s 7 of 1000 succeeded, 1 failed, 2 running, 990 queued",
  ]);
});

test("start and end nodes are not shown, those of sub-workflows neither", () => {
  const changes = [
    node("n1", "RUNNING"),
    node("n1-0-end-node", "SUCCEEDED", { specNodeId: "end-node" }),
    node("f2dhtlzy", "SUCCEEDED", { specNodeId: "start-node" }),
  ];
  expect(shown(changes)).toEqual(["  running n1 RUNNING 10s"]);
});

test("what is within a node stands below it, under the ids of its own workflow, in the order it was heard of", () => {
  const within = (parentNodeId: string, nodeId: string, specNodeId: string) =>
    node(nodeId, "QUEUED", { parentNodeId, specNodeId, startedAt: null });
  const changes = [
    node("n1", "QUEUED", { specNodeId: "n1", startedAt: null }),
    node("n1-0", "QUEUED", { startedAt: null }),
    within("n1", "n1-0-n1", "n1"),
    within("n1", "n1-0-n0", "n0"),
    within("n1-0-n1", "fujn3bxi", "n2"),
    task("fujn3bxi", "RUNNING", 0, { name: "load" }),
  ];
  expect(shown(changes)).toEqual([
    "  waiting n1 QUEUED",
    "    waiting n1 QUEUED",
    "      waiting n2 load QUEUED",
    "    waiting n0 QUEUED",
    "  waiting n1-0 QUEUED",
  ]);
});

test("a node that is told to be within itself does not hang the tree", () => {
  expect(shown([node("a", "QUEUED", { parentNodeId: "a" }), node("b", "QUEUED", { startedAt: null })])).toEqual(["  waiting b QUEUED"]);
});

test("what a deployment sends stays in one line without control characters", () => {
  expect(shown([node("n0", "FAILED", { name: "a\u001b[2Jb", reason: "x\ny", durationSeconds: 1 })])).toEqual([
    "  failed n0 a[2Jb FAILED 1.0s (x y)",
  ]);
});

describe("in a low terminal", () => {
  const changes = [
    base,
    ...["a", "b", "c"].map((id) => node(id, "SUCCEEDED", { durationSeconds: 1 })),
    node("d", "FAILED", { durationSeconds: 1, reason: "no" }),
    node("e", "RUNNING"),
    node("f", "QUEUED", { startedAt: null }),
  ];
  test.each<[number, string[]]>([
    [8, ["a", "b", "c", "d", "e", "f"]],
    [7, ["c", "d", "e", "f", "… 2 more: 2 SUCCEEDED"]],
    [6, ["d", "e", "f", "… 3 more: 3 SUCCEEDED"]],
    [5, ["e", "f", "… 4 more: 3 SUCCEEDED, 1 FAILED"]],
    [3, ["f", "… 5 more: 3 SUCCEEDED, 1 FAILED, 1 RUNNING"]],
  ])("of %d lines", (height, labels) => {
    const rows = treeRows(treeOf(changes), start, height);
    expect(rows.slice(1).map(({ label }) => label)).toEqual(labels);
    expect(rows.reduce((sum, { detail }) => sum + (detail === null ? 1 : 2), 0)).toBeLessThanOrEqual(height);
  });
});

test("every phase has a mark, and the terminal ones none that spins", () => {
  const spinning = [...executionPhases, ...nodePhases, ...taskPhases].filter((phase) => markOf(phase) === "running");
  expect(new Set(spinning)).toEqual(new Set(["RUNNING", "SUCCEEDING", "DYNAMIC_RUNNING"]));
  const waiting = [...executionPhases, ...nodePhases, ...taskPhases].filter((phase) => markOf(phase) === "waiting");
  expect(new Set(waiting)).toEqual(new Set(["UNDEFINED", "QUEUED", "INITIALIZING", "WAITING_FOR_RESOURCES"]));
});
