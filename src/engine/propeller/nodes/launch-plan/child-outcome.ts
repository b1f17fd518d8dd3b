import { executionPhaseOf } from "../../../../idl/phases.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import type { Failure } from "../../state.ts";

export type ChildOutcome = "UNDER_WAY" | "SUCCEEDED" | { readonly failure: Failure };

/**
 * What the state of a child execution means for the node that launched it. None of its failures is tried again by the node.
 * Flyte: nodes/subworkflow/launchplan.go CheckLaunchPlanStatus; but Flyte waits for ever for one that is TIMED_OUT.
 */
export function childOutcome(nodeId: string, childName: string, closure: flyteidl.admin.ExecutionClosure.$Properties): ChildOutcome {
  switch (executionPhaseOf(closure.phase)) {
    case "SUCCEEDED":
      return "SUCCEEDED";
    case "ABORTED":
      return childFailure(nodeId, "USER", `launchplan [${childName}] aborted, caused by: launchplan execution aborted`);
    case "FAILED":
    case "TIMED_OUT": {
      const { error } = closure;
      if (error == null) return { failure: { code: "LaunchPlanExecutionFailed", message: "Unknown Error", kind: "UNKNOWN" } };
      return { failure: { code: error.code ?? "", message: error.message ?? "", kind: kinds[error.kind ?? 0] ?? "UNKNOWN" } };
    }
    case "UNDEFINED":
    case "QUEUED":
    case "RUNNING":
    case "SUCCEEDING":
    case "FAILING":
    case "ABORTING":
      return "UNDER_WAY";
  }
}

const { USER, SYSTEM } = flyteidl.core.ExecutionError.ErrorKind;
const kinds: Readonly<Record<number, Failure["kind"]>> = { [USER]: "USER", [SYSTEM]: "SYSTEM" };

/** A child that admin does not know any more. */
export function vanishedChild(nodeId: string, childName: string, reason: string): { readonly failure: Failure } {
  return childFailure(
    nodeId,
    "SYSTEM",
    `launch-plan not found, caused by: [NotFound] execID [${childName}] not found on remote, caused by: ${reason}`,
  );
}

function childFailure(nodeId: string, kind: Failure["kind"], what: string): { readonly failure: Failure } {
  const code = "RemoteChildWorkflowExecutionFailed";
  return { failure: { code, message: `failed at Node[${nodeId}]. ${code}: ${what}`, kind } };
}
