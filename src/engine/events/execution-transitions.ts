import type { ExecutionPhase } from "../../idl/phases.ts";

/** What becomes of a workflow event that finds an execution in some phase. */
export type ExecutionVerdict = "record" | "repeat" | "terminal" | "backwards" | "aborting";

const final: ReadonlySet<ExecutionPhase> = new Set(["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"]);

/**
 * Rules of Flyte's execution manager, in its order: a phase is recorded once, but QUEUED may be announced again by
 * another cluster; what ended stays ended; RUNNING does not go back to QUEUED; ABORTING only ends. One is ours: what is about
 * to end does not go back to RUNNING, which is propeller repeating a round after a crash (Flyte takes it, and then shows an
 * execution that began later than it did; a repeat is success to every propeller).
 */
export function executionVerdict(from: ExecutionPhase, to: ExecutionPhase): ExecutionVerdict {
  if (from === to && to !== "QUEUED") return "repeat";
  if (final.has(from)) return "terminal";
  if ((from === "SUCCEEDING" || from === "FAILING") && to === "RUNNING") return "repeat";
  if (from === "RUNNING" && to === "QUEUED") return "backwards";
  if (from === "ABORTING" && !final.has(to)) return "aborting";
  return "record";
}
