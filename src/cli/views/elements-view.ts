import type { flyteidl } from "../../idl/flyteidl.ts";
import { isTerminalTask, taskPhaseOf } from "../../idl/phases.ts";

/** How many elements of an array are where, each by its last attempt. */
export interface ElementsView {
  readonly size: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly aborted: number;
  readonly running: number;
  readonly queued: number;
}

type Closure = flyteidl.admin.TaskExecutionClosure.$Properties;

/** Of an array's task execution: as its engine counts them, else as it lists them; null for other tasks. */
export function elementsView(closure: Closure | null | undefined): ElementsView | null {
  if (closure?.taskType !== "container_array") return null;
  const fields = closure.customInfo?.fields?.["flyte_array"]?.structValue?.fields;
  if (fields) {
    const count = (name: keyof ElementsView): number => fields[name]?.numberValue ?? 0;
    return {
      size: count("size"),
      succeeded: count("succeeded"),
      failed: count("failed"),
      aborted: count("aborted"),
      running: count("running"),
      queued: count("queued"),
    };
  }
  const last = new Map<number, { readonly attempt: number; readonly phase: string }>();
  for (const { index, retryAttempt, phase } of closure.metadata?.externalResources ?? []) {
    const attempt = retryAttempt ?? 0;
    if ((last.get(index ?? 0)?.attempt ?? -1) <= attempt) last.set(index ?? 0, { attempt, phase: taskPhaseOf(phase) });
  }
  const isOver = isTerminalTask(taskPhaseOf(closure.phase));
  const phases = [...last.values()].map(({ phase }) => phase);
  const among = (...some: string[]): number => phases.filter((phase) => some.includes(phase)).length;
  const [succeeded, failed, running] = [among("SUCCEEDED"), among("FAILED"), among("RUNNING", "INITIALIZING")];
  const rest = phases.length - succeeded - failed - running - among("ABORTED");
  return { size: phases.length, succeeded, failed, aborted: among("ABORTED") + (isOver ? rest : 0), running, queued: isOver ? 0 : rest };
}

/** `7 of 10 succeeded, 1 failed, 2 running`. */
export function elementsText({ size, succeeded, ...others }: ElementsView): string {
  const counts = (["failed", "aborted", "running", "queued"] as const).flatMap((name) =>
    others[name] > 0 ? [`${others[name]} ${name}`] : [],
  );
  return [`${succeeded} of ${size} succeeded`, ...counts].join(", ");
}
