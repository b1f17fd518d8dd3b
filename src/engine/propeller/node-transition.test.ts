import { expect, test } from "vitest";
import { canNodeGo, isNodeActive, isNodeCleaning, isNodeOver, nodeStatePhases, readinessOf } from "./node-transition.ts";
import type { NodeStatePhase } from "./node-transition.ts";

// The oracle: Flyte's rules of a node's life, written down apart from the table.
const final: readonly NodeStatePhase[] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "SKIPPED", "RECOVERED", "ABORTED"];
const endOf: Partial<Record<NodeStatePhase, NodeStatePhase>> = {
  SUCCEEDING: "SUCCEEDED",
  FAILING: "FAILED",
  TIMING_OUT: "TIMED_OUT",
  ABORTING: "ABORTED",
};
const withAttempt: readonly NodeStatePhase[] = ["QUEUED", "RUNNING"];

function oracle(from: NodeStatePhase, to: NodeStatePhase): boolean {
  if (from === to || to === "NOT_YET_STARTED" || final.includes(from)) return false;
  if (from === "NOT_YET_STARTED") return ["QUEUED", "SKIPPED", "RECOVERED", "SUCCEEDED", "FAILED"].includes(to);
  if (withAttempt.includes(from)) return (to === "RUNNING" && from === "QUEUED") || to in endOf || to === "RETRYABLE_FAILURE";
  if (from === "RETRYABLE_FAILURE") return to === "RUNNING" || to === "ABORTING";
  // Admin can refuse the event of a success, and nothing else changes a decided outcome.
  return to === endOf[from] || (from === "SUCCEEDING" && to === "FAILING");
}

test.each(nodeStatePhases.flatMap((from) => nodeStatePhases.map((to) => [from, to] as const)))("%s → %s", (from, to) => {
  expect(canNodeGo(from, to)).toBe(oracle(from, to));
});

test("each phase is exactly one of: not begun, active, being cleaned up, over", () => {
  const kinds = nodeStatePhases.map((phase) => [
    phase,
    [
      phase === "NOT_YET_STARTED" && "not begun",
      isNodeActive(phase) && "active",
      isNodeCleaning(phase) && "cleaning",
      isNodeOver(phase) && "over",
    ].filter(Boolean),
  ]);
  expect(Object.fromEntries(kinds)).toEqual({
    NOT_YET_STARTED: ["not begun"],
    QUEUED: ["active"],
    RUNNING: ["active"],
    SUCCEEDING: ["cleaning"],
    SUCCEEDED: ["over"],
    FAILING: ["cleaning"],
    FAILED: ["over"],
    RETRYABLE_FAILURE: ["cleaning"],
    TIMING_OUT: ["cleaning"],
    TIMED_OUT: ["over"],
    SKIPPED: ["over"],
    RECOVERED: ["over"],
    ABORTING: ["cleaning"],
    ABORTED: ["over"],
  });
});

// With one upstream node in each phase, then with two: the second can only hold back, or turn a READY into a SKIP.
const alone: Record<NodeStatePhase, "READY" | "NOT_READY" | "SKIP"> = {
  NOT_YET_STARTED: "NOT_READY",
  QUEUED: "NOT_READY",
  RUNNING: "NOT_READY",
  SUCCEEDING: "READY",
  SUCCEEDED: "READY",
  FAILING: "NOT_READY",
  FAILED: "SKIP",
  RETRYABLE_FAILURE: "NOT_READY",
  TIMING_OUT: "NOT_READY",
  TIMED_OUT: "SKIP",
  SKIPPED: "SKIP",
  RECOVERED: "READY",
  ABORTING: "NOT_READY",
  ABORTED: "SKIP",
};

test.each(nodeStatePhases.flatMap((a) => nodeStatePhases.map((b) => [a, b] as const)))("after %s and %s", (a, b) => {
  const both = [alone[a], alone[b]];
  const expected = both.includes("NOT_READY") ? "NOT_READY" : both.includes("SKIP") ? "SKIP" : "READY";
  expect(readinessOf([a, b])).toBe(expected);
  expect(readinessOf([a])).toBe(alone[a]);
});
