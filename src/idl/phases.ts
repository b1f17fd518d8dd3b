import { flyteidl } from "./flyteidl.ts";

// One vocabulary a level, mirroring the proto enums; numbers are converted here and nowhere else.

export const executionPhases = [
  "UNDEFINED",
  "QUEUED",
  "RUNNING",
  "SUCCEEDING",
  "SUCCEEDED",
  "FAILING",
  "FAILED",
  "ABORTED",
  "TIMED_OUT",
  "ABORTING",
] as const;
export type ExecutionPhase = (typeof executionPhases)[number];

export const nodePhases = [
  "UNDEFINED",
  "QUEUED",
  "RUNNING",
  "SUCCEEDED",
  "FAILING",
  "FAILED",
  "ABORTED",
  "SKIPPED",
  "TIMED_OUT",
  "DYNAMIC_RUNNING",
  "RECOVERED",
] as const;
export type NodePhase = (typeof nodePhases)[number];

export const taskPhases = [
  "UNDEFINED",
  "QUEUED",
  "RUNNING",
  "SUCCEEDED",
  "ABORTED",
  "FAILED",
  "INITIALIZING",
  "WAITING_FOR_RESOURCES",
  "RETRYABLE_FAILED",
] as const;
export type TaskPhase = (typeof taskPhases)[number];

const nameOf = (names: Record<number, string>, value: number | null | undefined): string => names[value ?? 0] ?? "UNDEFINED";

export function executionPhaseOf(value: number | null | undefined): ExecutionPhase {
  return nameOf(flyteidl.core.WorkflowExecution.Phase as unknown as Record<number, string>, value) as ExecutionPhase;
}
export function nodePhaseOf(value: number | null | undefined): NodePhase {
  return nameOf(flyteidl.core.NodeExecution.Phase as unknown as Record<number, string>, value) as NodePhase;
}
export function taskPhaseOf(value: number | null | undefined): TaskPhase {
  return nameOf(flyteidl.core.TaskExecution.Phase as unknown as Record<number, string>, value) as TaskPhase;
}
export function executionPhaseNumber(phase: ExecutionPhase): number {
  return flyteidl.core.WorkflowExecution.Phase[phase];
}
export function nodePhaseNumber(phase: NodePhase): number {
  return flyteidl.core.NodeExecution.Phase[phase];
}
export function taskPhaseNumber(phase: TaskPhase): number {
  return flyteidl.core.TaskExecution.Phase[phase];
}

export function isTerminalExecution(phase: ExecutionPhase): boolean {
  return phase === "SUCCEEDED" || phase === "FAILED" || phase === "ABORTED" || phase === "TIMED_OUT";
}
export function isTerminalNode(phase: NodePhase): boolean {
  return (
    phase === "SUCCEEDED" ||
    phase === "FAILED" ||
    phase === "ABORTED" ||
    phase === "SKIPPED" ||
    phase === "TIMED_OUT" ||
    phase === "RECOVERED"
  );
}
export function isTerminalTask(phase: TaskPhase): boolean {
  return phase === "SUCCEEDED" || phase === "FAILED" || phase === "ABORTED";
}
