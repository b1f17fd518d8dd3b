import { flyteidl } from "../../idl/flyteidl.ts";
import { entityIdOf, executionIdOf, nodeExecutionIdOf, resourceTypes } from "../../idl/identifiers.ts";
import { executionPhaseOf, isTerminalExecution } from "../../idl/phases.ts";
import type { ExecutionPhase } from "../../idl/phases.ts";
import { formatUrn } from "../../idl/urn.ts";
import type { Identifier } from "../../idl/types.ts";
import { timeText } from "../../idl/literals/literal-value.ts";
import type { Table } from "../table.ts";
import { errorView } from "./error-view.ts";
import type { ErrorView } from "./error-view.ts";
import { durationSeconds, durationText, secondsText } from "./time-view.ts";

export interface ExecutionView {
  readonly urn: string;
  readonly name: string;
  readonly phase: ExecutionPhase;
  /** Of the launch plan, or of the task that was launched alone. */
  readonly launched: string | null;
  readonly workflow: string | null;
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly updatedAt: string | null;
  readonly durationSeconds: number | null;
  readonly error: ErrorView | null;
  readonly abortCause: string | null;
  readonly principal: string | null;
  /** URN of the node that has launched it. */
  readonly parent: string | null;
  /** URN of the execution that it takes over from. */
  readonly recovers: string | null;
}

/** An execution in the form that is printed; `now` gives what still runs its duration. */
export function executionView(execution: flyteidl.admin.Execution.$Properties, now: number): ExecutionView {
  const closure = execution.closure;
  const phase = executionPhaseOf(closure?.phase);
  const id = executionIdOf(execution.id);
  const parent = execution.spec?.metadata?.parentNodeExecution;
  return {
    urn: formatUrn({ kind: "execution", id }),
    name: id.name,
    phase,
    launched: entityUrn(execution.spec?.launchPlan),
    workflow: entityUrn(closure?.workflowId),
    createdAt: timeText(closure?.createdAt),
    startedAt: timeText(closure?.startedAt),
    updatedAt: timeText(closure?.updatedAt),
    durationSeconds: durationSeconds(closure?.startedAt, closure?.duration, isTerminalExecution(phase) ? undefined : now),
    error: errorView(closure?.error),
    abortCause: closure?.abortMetadata?.cause ?? closure?.abortCause ?? null,
    principal: execution.spec?.metadata?.principal || null,
    parent: parent == null ? null : formatUrn({ kind: "node_execution", id: nodeExecutionIdOf(parent) }),
    recovers: recoveredBy(execution),
  };
}

function recoveredBy({ spec }: flyteidl.admin.Execution.$Properties): string | null {
  const { mode, referenceExecution } = spec?.metadata ?? {};
  if (mode !== flyteidl.admin.ExecutionMetadata.ExecutionMode.RECOVERED || referenceExecution == null) return null;
  return formatUrn({ kind: "execution", id: executionIdOf(referenceExecution) });
}

/** The URN of an identifier of any resource type, null when there is none. */
export function entityUrn(id: Identifier | null | undefined): string | null {
  if (id == null || !id.name) return null;
  const kind = id.resourceType === resourceTypes.TASK ? "task" : id.resourceType === resourceTypes.LAUNCH_PLAN ? "launch_plan" : "workflow";
  const { version, ...rest } = entityIdOf(id);
  return formatUrn({ kind, ...rest, ...(version ? { version } : {}) });
}

export function executionTable(executions: readonly ExecutionView[]): Table {
  return {
    columns: ["name", "launched", "phase", "created", "duration"],
    rows: executions.map((one) => [one.name, one.launched ?? "", one.phase, secondsText(one.createdAt), durationText(one.durationSeconds)]),
  };
}
