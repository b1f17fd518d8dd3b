/** Flyte's phases of a node as propeller keeps them, for the kinds of nodes that are built. */
export const nodeStatePhases = [
  "NOT_YET_STARTED",
  "QUEUED",
  "RUNNING",
  "SUCCEEDING",
  "SUCCEEDED",
  "FAILING",
  "FAILED",
  "RETRYABLE_FAILURE",
  "TIMING_OUT",
  "TIMED_OUT",
  "SKIPPED",
  "RECOVERED",
  "ABORTING",
  "ABORTED",
] as const;
export type NodeStatePhase = (typeof nodeStatePhases)[number];

// The phases in -ING and RETRYABLE_FAILURE are decided and saved before the attempt is cleaned up, so that nothing that
// was removed is ever taken for lost. ABORTING and ABORTED are ours: Flyte's abort leaves no phase behind.
const next: Readonly<Record<NodeStatePhase, readonly NodeStatePhase[]>> = {
  // At once: a cache hit, the start and the end node, inputs that cannot be resolved, what is taken over from an execution
  // that is recovered.
  NOT_YET_STARTED: ["QUEUED", "SUCCEEDED", "FAILED", "SKIPPED", "RECOVERED"],
  QUEUED: ["RUNNING", "SUCCEEDING", "FAILING", "RETRYABLE_FAILURE", "TIMING_OUT", "ABORTING"],
  RUNNING: ["SUCCEEDING", "FAILING", "RETRYABLE_FAILURE", "TIMING_OUT", "ABORTING"],
  // Admin may refuse the event that tells of the success, as too large.
  SUCCEEDING: ["SUCCEEDED", "FAILING"],
  SUCCEEDED: [],
  FAILING: ["FAILED"],
  FAILED: [],
  // Back to RUNNING, not QUEUED: Flyte: nodes/executor.go handleRetryableFailure.
  RETRYABLE_FAILURE: ["RUNNING", "ABORTING"],
  TIMING_OUT: ["TIMED_OUT"],
  TIMED_OUT: [],
  SKIPPED: [],
  RECOVERED: [],
  ABORTING: ["ABORTED"],
  ABORTED: [],
};

export function canNodeGo(from: NodeStatePhase, to: NodeStatePhase): boolean {
  return next[from].includes(to);
}

/** An attempt exists and is to be looked at. */
export function isNodeActive(phase: NodeStatePhase): boolean {
  return phase === "QUEUED" || phase === "RUNNING";
}

/** The outcome is decided, and the attempt is to be cleaned up. */
export function isNodeCleaning(phase: NodeStatePhase): boolean {
  return phase === "SUCCEEDING" || phase === "FAILING" || phase === "RETRYABLE_FAILURE" || phase === "TIMING_OUT" || phase === "ABORTING";
}

/** Propeller has no more to do with it. */
export function isNodeOver(phase: NodeStatePhase): boolean {
  return phase !== "NOT_YET_STARTED" && !isNodeActive(phase) && !isNodeCleaning(phase);
}

export type Readiness = "READY" | "NOT_READY" | "SKIP";

/**
 * Whether a node may start. All upstream nodes must have succeeded; one that was skipped, failed or timed out makes the
 * node skipped, but only when every upstream node has ended. Flyte: nodes/predicate.go.
 */
export function readinessOf(upstream: Iterable<NodeStatePhase>): Readiness {
  let skip = false;
  for (const phase of upstream) {
    if (phase === "SUCCEEDED" || phase === "SUCCEEDING" || phase === "RECOVERED") continue;
    if (!isNodeOver(phase)) return "NOT_READY";
    skip = true;
  }
  return skip ? "SKIP" : "READY";
}
