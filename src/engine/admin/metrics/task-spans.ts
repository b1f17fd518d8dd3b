import { flyteidl } from "../../../idl/flyteidl.ts";
import { identifierOf } from "../../../idl/identifiers.ts";
import type { TaskExecutionRow } from "../../../ports/state-store.ts";
import { compareTimes, isUnset, operation, plus, teardown } from "./spans.ts";
import type { Span } from "./spans.ts";

type TaskExecutionClosure = flyteidl.admin.TaskExecutionClosure.$Properties;

/** One attempt at a task. */
export interface TaskAttempt {
  readonly id: TaskExecutionRow["id"];
  readonly closure: TaskExecutionClosure;
}

/** Attempts in the order in which they began. */
export function taskAttemptsOf(rows: readonly TaskExecutionRow[]): readonly TaskAttempt[] {
  return rows
    .map(({ id, closure }) => ({ id, closure: flyteidl.admin.TaskExecutionClosure.decode(closure) }))
    .sort((a, b) => compareTimes(a.closure.createdAt, b.closure.createdAt));
}

/** The attempts, unless `depth` is used up, and what passes between them. */
export function attemptSpans(attempts: readonly TaskAttempt[], depth: number): Span[] {
  return attempts.flatMap((attempt, index) => {
    const before = attempts[index - 1];
    const reset = before ? [operation("NODE_RESET", before.closure.updatedAt, attempt.closure.createdAt)] : [];
    return depth === 0 ? reset : [...reset, attemptSpan(attempt)];
  });
}

function attemptSpan({ id, closure }: TaskAttempt): Span {
  return {
    startTime: closure.createdAt ?? null,
    endTime: closure.updatedAt ?? null,
    taskId: {
      taskId: identifierOf("TASK", id.task),
      nodeExecutionId: { nodeId: id.node.nodeId, executionId: { ...id.node.execution } },
      retryAttempt: id.retryAttempt,
    },
    spans: partsOf(closure),
  };
}

function partsOf({ createdAt, updatedAt, startedAt, duration }: TaskExecutionClosure): Span[] {
  if (startedAt == null || isUnset(startedAt)) return [operation("TASK_SETUP", createdAt, updatedAt)];
  const setup = operation("TASK_SETUP", createdAt, startedAt);
  if (duration == null || isUnset(duration)) return [setup, operation("TASK_RUNTIME", startedAt, updatedAt)];
  const end = plus(startedAt, duration);
  return [setup, operation("TASK_RUNTIME", startedAt, end), ...teardown("TASK_TEARDOWN", end, updatedAt)];
}
