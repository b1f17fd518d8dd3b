import { endNodeId } from "./node-ids.ts";
import { executionPhaseNumber, isTerminalExecution } from "../../idl/phases.ts";
import { failureOfEvent, producerId } from "./failure-of-event.ts";
import { nodeLayout } from "./layout.ts";
import { toTimestamp } from "../../idl/time.ts";
import type { EngineSettings } from "../settings.ts";
import type { ExecutionPhase } from "../../idl/phases.ts";
import type { WorkflowDefinition } from "./workflow-definition.ts";
import type { WorkflowExecutionEvent } from "../../idl/types.ts";
import type { WorkflowState } from "./state.ts";

export interface DueWorkflowEvent {
  readonly phase: ExecutionPhase;
  readonly at: number;
}

/** Phases of a workflow that admin has not been told of, in order. */
export function dueWorkflowEvents(state: WorkflowState): readonly DueWorkflowEvent[] {
  if (state.silent || isTerminalExecution(state.reported)) return [];
  const due: DueWorkflowEvent[] = [];
  const { reported, phase, since } = state;
  if (reported === "UNDEFINED" && state.startedAt !== undefined) due.push({ phase: "RUNNING", at: state.startedAt });
  if (reported !== "FAILING" && state.failingAt !== undefined) due.push({ phase: "FAILING", at: state.failingAt });
  if (reported !== "SUCCEEDING" && (phase === "SUCCEEDING" || phase === "SUCCESS")) due.push({ phase: "SUCCEEDING", at: since });
  if (phase === "SUCCESS") due.push({ phase: "SUCCEEDED", at: since });
  if (phase === "FAILED") due.push({ phase: "FAILED", at: since });
  if (phase === "ABORTED") due.push({ phase: "ABORTED", at: since });
  return due;
}

/** A workflow's event. Flyte: workflow/executor.go TransitionToPhase. */
export function workflowEventOf(
  definition: WorkflowDefinition,
  settings: EngineSettings,
  state: WorkflowState,
  due: DueWorkflowEvent,
): WorkflowExecutionEvent {
  const { project, domain, name } = definition.spec.id;
  const hasFailed = due.phase === "FAILING" || due.phase === "FAILED";
  return {
    executionId: { project, domain, name },
    producerId,
    phase: executionPhaseNumber(due.phase),
    occurredAt: toTimestamp(due.at),
    ...(due.phase === "SUCCEEDED" && state.hasOutputs && { outputUri: nodeLayout(settings, definition.spec.id, endNodeId).outputs(0) }),
    ...(hasFailed && { error: failureOfEvent(state.failure ?? { code: "UnknownError", message: "Unknown error", kind: "UNKNOWN" }) }),
  };
}
