import type { ArrayScope } from "./array-scope.ts";
import type { ElementCounts } from "./array-rules.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

export interface ArrayCounts extends ElementCounts {
  /** To be aborted ones included. */
  readonly aborted: number;
  /** Failed, but not cleaned up after. */
  readonly failing: number;
  /** Not begun, or without a place to run. */
  readonly queued: number;
  /** What remains of `running`. */
  readonly active: number;
}

/** How many elements are where; `running` has those that are queued or to be aborted as well. */
export function countElements(run: WorkflowRun, { live, results, size }: ArrayScope): ArrayCounts {
  let succeeded = results.count("SUCCEEDED") + results.count("SKIPPED") + results.count("RECOVERED");
  let failed = results.count("FAILED") + results.count("TIMED_OUT");
  let aborted = results.count("ABORTED");
  let [failing, aborting, atWork] = [0, 0, 0];
  for (const placed of live.values()) {
    const { phase } = run.node(placed);
    if (phase === "SUCCEEDED" || phase === "SKIPPED" || phase === "RECOVERED") succeeded++;
    else if (phase === "FAILED" || phase === "TIMED_OUT") failed++;
    else if (phase === "ABORTED") aborted++;
    else if (phase === "ABORTING") aborting++;
    else if (phase === "FAILING") failing++;
    else if (phase !== "QUEUED") atWork++;
  }
  const running = size - succeeded - failed - aborted - failing;
  return { succeeded, failed, aborted: aborted + aborting, failing, running, queued: running - atWork - aborting, active: atWork };
}
