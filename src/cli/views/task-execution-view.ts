import type { flyteidl } from "../../idl/flyteidl.ts";
import { taskExecutionIdOf } from "../../idl/identifiers.ts";
import { isTerminalTask, taskPhaseOf } from "../../idl/phases.ts";
import type { TaskPhase } from "../../idl/phases.ts";
import { formatUrn } from "../../idl/urn.ts";
import { timeText } from "../../idl/literals/literal-value.ts";
import { elementsText, elementsView } from "./elements-view.ts";
import type { ElementsView } from "./elements-view.ts";
import type { Table } from "../table.ts";
import { errorHeadline, errorView } from "./error-view.ts";
import type { ErrorView } from "./error-view.ts";
import { durationSeconds, durationText, secondsText } from "./time-view.ts";

export interface TaskExecutionView {
  readonly urn: string;
  readonly node: string;
  readonly task: string;
  readonly taskType: string | null;
  readonly attempt: number;
  readonly phase: TaskPhase;
  readonly reason: string | null;
  readonly startedAt: string | null;
  readonly durationSeconds: number | null;
  /** Of an array. */
  readonly elements: ElementsView | null;
  /** Its own, and of an array those of its elements. */
  readonly logs: readonly { readonly name: string; readonly uri: string }[];
  readonly error: ErrorView | null;
}

export function taskExecutionView(execution: flyteidl.admin.TaskExecution.$Properties, now: number): TaskExecutionView {
  const closure = execution.closure;
  const phase = taskPhaseOf(closure?.phase);
  const id = taskExecutionIdOf(execution.id);
  return {
    urn: formatUrn({ kind: "task_execution", id }),
    node: formatUrn({ kind: "node_execution", id: id.node }),
    task: formatUrn({ kind: "task", ...id.task }),
    taskType: closure?.taskType || null,
    attempt: id.retryAttempt,
    phase,
    reason: closure?.reason || null,
    startedAt: timeText(closure?.startedAt),
    durationSeconds: durationSeconds(closure?.startedAt, closure?.duration, isTerminalTask(phase) ? undefined : now),
    elements: elementsView(closure),
    logs: [...(closure?.logs ?? []), ...(closure?.metadata?.externalResources ?? []).flatMap((one) => one.logs ?? [])].map((log) => ({
      name: log.name ?? "",
      uri: log.uri ?? "",
    })),
    error: errorView(closure?.error),
  };
}

/** Why an attempt is in its phase, for people: the last that was said of one that succeeded is of its start. Of an array, its elements. */
export function reasonToShow({ phase, reason, elements }: TaskExecutionView): string {
  if (elements !== null) return elementsText(elements);
  return phase === "SUCCEEDED" ? "" : (reason ?? "");
}

export function taskExecutionTable(executions: readonly TaskExecutionView[]): Table {
  return {
    columns: ["attempt", "task", "phase", "started", "duration", "reason"],
    rows: executions.map((one) => [
      String(one.attempt),
      one.task,
      one.phase,
      secondsText(one.startedAt),
      durationText(one.durationSeconds),
      one.error === null ? reasonToShow(one) : errorHeadline(one.error),
    ]),
  };
}
