import { FlyteError } from "../std/errors.ts";
import type { NodeExecutionId, TaskExecutionId, WorkflowExecutionId } from "./identifiers.ts";

/** A registered entity by name; without a version the latest is meant (of a launch plan, the active one). */
export interface EntityUrn {
  readonly kind: "workflow" | "task" | "launch_plan";
  readonly project: string;
  readonly domain: string;
  readonly name: string;
  readonly version?: string;
}
export type Urn =
  | EntityUrn
  | { readonly kind: "execution"; readonly id: WorkflowExecutionId }
  | { readonly kind: "node_execution"; readonly id: NodeExecutionId }
  | { readonly kind: "task_execution"; readonly id: TaskExecutionId };

const entityKinds = { wf: "workflow", tsk: "task", lp: "launch_plan" } as const;
const prefixes = { workflow: "wf", task: "tsk", launch_plan: "lp" } as const;

const examples = {
  wf: "wf:flytesnacks:development:my.workflow:v1",
  tsk: "tsk:flytesnacks:development:my.task:v1",
  lp: "lp:flytesnacks:development:my.launch_plan:v1",
  ex: "ex:flytesnacks:development:f6a4b2c",
  ne: "ne:flytesnacks:development:f6a4b2c:n0",
  te: "te:flytesnacks:development:f6a4b2c:n0:flytesnacks:development:my.task:v1:0",
} as const;

const hasOwn = <T extends object>(object: T, key: PropertyKey): key is keyof T => Object.hasOwn(object, key);

/**
 * Reads `wf:project:domain:name[:version]`, `tsk:`, `lp:`, `ex:project:domain:name`, `ne:project:domain:execution:node` and
 * flytekit's `te:`. With `defaults` project and domain may be left out (both) of all but `te:`. Throws FlyteError
 * URN_UNKNOWN_KIND, URN_INCOMPLETE or URN_MALFORMED.
 */
export function parseUrn(text: string, defaults?: { readonly project: string; readonly domain: string }): Urn {
  const [prefix = "", ...given] = text.trim().split(":");
  if (!hasOwn(examples, prefix)) {
    throw urnError("URN_UNKNOWN_KIND", text, `it begins with none of ${Object.keys(examples).join(", ")}`, "wf");
  }
  const parts = [...given];
  if (prefix === "te") return taskExecutionUrn(text, parts);
  const required = prefix === "ne" ? 4 : 3;
  const allowed = hasOwn(entityKinds, prefix) ? required + 1 : required;
  if (defaults && parts.length <= allowed - 2) parts.unshift(defaults.project, defaults.domain);
  checkParts(text, prefix, parts, required, allowed);
  const [project = "", domain = "", name = "", last] = parts;
  if (prefix === "ex") return { kind: "execution", id: { project, domain, name } };
  if (prefix === "ne") return { kind: "node_execution", id: { execution: { project, domain, name }, nodeId: last ?? "" } };
  return { kind: entityKinds[prefix], project, domain, name, ...(last === undefined ? {} : { version: last }) };
}

export function formatUrn(urn: Urn): string {
  if (urn.kind === "execution") return `ex:${executionText(urn.id)}`;
  if (urn.kind === "node_execution") return `ne:${executionText(urn.id.execution)}:${urn.id.nodeId}`;
  if (urn.kind === "task_execution") {
    const { task, node, retryAttempt } = urn.id;
    return `te:${executionText(node.execution)}:${node.nodeId}:${task.project}:${task.domain}:${task.name}:${task.version}:${retryAttempt}`;
  }
  return [prefixes[urn.kind], urn.project, urn.domain, urn.name, ...(urn.version === undefined ? [] : [urn.version])].join(":");
}

const executionText = (id: WorkflowExecutionId): string => `${id.project}:${id.domain}:${id.name}`;

function taskExecutionUrn(text: string, parts: readonly string[]): Urn {
  checkParts(text, "te", parts, 9, 9);
  const [project = "", domain = "", name = "", nodeId = "", taskProject = "", taskDomain = "", taskName = "", version = "", retry = ""] =
    parts;
  if (!/^\d{1,9}$/.test(retry)) throw urnError("URN_MALFORMED", text, `the retry attempt [${retry}] is not a number`, "te");
  const task = { project: taskProject, domain: taskDomain, name: taskName, version };
  return { kind: "task_execution", id: { task, node: { execution: { project, domain, name }, nodeId }, retryAttempt: Number(retry) } };
}

function checkParts(text: string, prefix: keyof typeof examples, parts: readonly string[], least: number, most: number): void {
  if (parts.length < least) throw urnError("URN_INCOMPLETE", text, `it has ${parts.length} of ${least} parts after ${prefix}:`, prefix);
  if (parts.length > most)
    throw urnError("URN_MALFORMED", text, `it has ${parts.length} parts after ${prefix}:, at most ${most} are allowed`, prefix);
  const empty = parts.indexOf("");
  if (empty >= 0) throw urnError("URN_MALFORMED", text, `part ${empty + 1} after ${prefix}: is empty`, prefix);
}

function urnError(code: string, text: string, why: string, prefix: keyof typeof examples): FlyteError {
  return new FlyteError({
    code,
    blame: "usage",
    message: `[${text}] does not name anything: ${why}`,
    hint: `write it like ${examples[prefix]}`,
    details: { urn: text },
  });
}
