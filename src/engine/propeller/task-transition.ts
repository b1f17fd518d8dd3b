import type { TaskPhase } from "../../idl/phases.ts";
import type { PluginPhase } from "../../ports/task-plugin.ts";

export const pluginPhases: readonly PluginPhase[] = [
  "NOT_READY",
  "WAITING_FOR_RESOURCES",
  "QUEUED",
  "INITIALIZING",
  "RUNNING",
  "SUCCESS",
  "RETRYABLE_FAILURE",
  "PERMANENT_FAILURE",
  "ABORTED",
];

/** Beyond it an attempt fails for good: its plugin is in a loop. Flyte: task/handler.go MaxPluginPhaseVersions. */
export const maxPhaseVersions = 100_000;

export function isPluginPhaseFinal(phase: PluginPhase): boolean {
  return phase === "SUCCESS" || phase === "RETRYABLE_FAILURE" || phase === "PERMANENT_FAILURE" || phase === "ABORTED";
}

/** A plugin may go anywhere but away from its final phases; admin orders phases that are not final no further. */
export function canTaskGo(from: PluginPhase, to: PluginPhase): boolean {
  return !isPluginPhaseFinal(from) && from !== to;
}

const eventPhases: Readonly<Record<PluginPhase, TaskPhase>> = {
  NOT_READY: "UNDEFINED",
  WAITING_FOR_RESOURCES: "WAITING_FOR_RESOURCES",
  QUEUED: "QUEUED",
  INITIALIZING: "INITIALIZING",
  RUNNING: "RUNNING",
  SUCCESS: "SUCCEEDED",
  // One attempt is one task execution, which ends with it.
  RETRYABLE_FAILURE: "FAILED",
  PERMANENT_FAILURE: "FAILED",
  ABORTED: "ABORTED",
};

/** The phase of the task execution's event. Flyte: task/transformer.go ToTaskEventPhase. */
export function taskEventPhase(phase: PluginPhase): TaskPhase {
  return eventPhases[phase];
}

export interface TaskPosition {
  readonly phase: PluginPhase;
  readonly phaseVersion: number;
}

/** Whether an answer tells something new: another phase, or a higher version of the same. */
export function isNews(last: TaskPosition | undefined, now: TaskPosition): boolean {
  return last === undefined || last.phase !== now.phase || now.phaseVersion > last.phaseVersion;
}
