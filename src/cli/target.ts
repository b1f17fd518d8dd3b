import type { NodeExecutionId, TaskExecutionId, WorkflowExecutionId } from "../idl/identifiers.ts";
import type { EntityUrn, Urn } from "../idl/urn.ts";
import { parseUrn } from "../idl/urn.ts";
import { FlyteError } from "../std/errors.ts";

export interface Scope {
  readonly project: string;
  readonly domain: string;
}

const isUrn = (text: string): boolean => /^(wf|tsk|lp|ex|ne|te):/.test(text);
const kindNames = {
  workflow: "workflow",
  task: "task",
  launch_plan: "launch plan",
  execution: "execution",
  node_execution: "node execution",
  task_execution: "task execution",
} as const;

/** An entity by URN, or by NAME or NAME:VERSION of the given kind. */
export function entityTarget(text: string, kind: EntityUrn["kind"], scope: Scope): EntityUrn {
  if (!isUrn(text)) {
    const [name = "", version, ...rest] = text.split(":");
    if (name === "" || version === "" || rest.length > 0) throw wrongTarget(text, [kind]);
    return { kind, project: scope.project, domain: scope.domain, name, ...(version === undefined ? {} : { version }) };
  }
  const urn = parseUrn(text, scope);
  if (urn.kind !== kind) throw wrongTarget(text, [kind]);
  return { ...urn, kind };
}

/** An execution by URN or by its name. */
export function executionTarget(text: string, scope: Scope): WorkflowExecutionId {
  const urn = runTarget(text, scope);
  if (urn.kind !== "execution") throw wrongTarget(text, ["execution"]);
  return urn.id;
}

export type RunTarget =
  | { readonly kind: "execution"; readonly id: WorkflowExecutionId }
  | { readonly kind: "node_execution"; readonly id: NodeExecutionId }
  | { readonly kind: "task_execution"; readonly id: TaskExecutionId };

/** An execution, node execution or task execution by URN; a bare name is an execution's. */
export function runTarget(text: string, scope: Scope): RunTarget {
  const urn: Urn = isUrn(text) ? parseUrn(text, scope) : parseUrn(`ex:${scope.project}:${scope.domain}:${text}`);
  if (urn.kind === "execution" || urn.kind === "node_execution" || urn.kind === "task_execution") return urn;
  throw wrongTarget(text, ["execution", "node_execution", "task_execution"]);
}

/** The error for a URN of another kind than the command works on. */
export function wrongTarget(text: string, kinds: readonly Urn["kind"][]): FlyteError {
  const prefixes = {
    workflow: "wf:",
    task: "tsk:",
    launch_plan: "lp:",
    execution: "ex:",
    node_execution: "ne:",
    task_execution: "te:",
  } as const;
  return new FlyteError({
    code: "TARGET_WRONG",
    blame: "usage",
    message: `[${text}] names no ${kinds.map((kind) => kindNames[kind]).join(" or ")}`,
    hint: `give a URN that begins with ${kinds.map((kind) => prefixes[kind]).join(" or ")}, or a name`,
    details: { target: text },
  });
}
