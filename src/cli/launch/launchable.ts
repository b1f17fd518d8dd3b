import type { AdminClient } from "../../client/admin-client.ts";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { Expected } from "../inputs/input-map.ts";
import type { Identifier, LiteralType } from "../../idl/types.ts";
import { parseUrn } from "../../idl/urn.ts";
import { hasStatus } from "../../idl/status.ts";
import { fetchLaunchPlan, fetchTask } from "../fetch/fetch-entity.ts";
import { entityTarget, wrongTarget } from "../target.ts";
import type { Scope } from "../target.ts";

/** What may be launched, with what it takes. */
export interface Launchable {
  readonly id: Identifier;
  readonly inputs: Expected;
}

/** A launch plan, a workflow's launch plan of the same name and version, or a task. NOT_FOUND as StatusError. */
export async function launchable(admin: AdminClient, target: string, version: string | undefined, scope: Scope): Promise<Launchable> {
  const urn = /^(wf|tsk|lp|ex|ne|te):/.test(target) ? parseUrn(target, scope) : entityTarget(target, "launch_plan", scope);
  if (urn.kind !== "workflow" && urn.kind !== "task" && urn.kind !== "launch_plan")
    throw wrongTarget(target, ["launch_plan", "workflow", "task"]);
  const wanted = version === undefined ? urn : { ...urn, version };
  if (wanted.kind === "task") {
    const task = await fetchTask(admin, wanted);
    const variables = Object.entries(task.closure?.compiledTask?.template?.interface?.inputs?.variables ?? {});
    // A task has no defaults, but for Optional inputs there is one to think of.
    const inputs = variables.map(
      ([name, { type }]) => [name, { type: type ?? {}, required: !takesNone(type), noneByDefault: takesNone(type) }] as const,
    );
    return { id: task.id ?? {}, inputs: Object.fromEntries(inputs) };
  }
  const plan = await fetchLaunchPlan(admin, { ...wanted, kind: "launch_plan" }).catch((error: unknown) => {
    // People name workflows and tasks too; say what the name was taken for.
    if (hasStatus(error, "NOT_FOUND") && target === wanted.name)
      error.message += ` (a bare name is a launch plan's; a task is launched by tsk:${wanted.name})`;
    throw error;
  });
  const parameters = plan.closure?.expectedInputs?.parameters ?? plan.spec?.defaultInputs?.parameters ?? {};
  return {
    id: plan.id ?? {},
    inputs: Object.fromEntries(
      Object.entries(parameters).map(([name, parameter]) => [
        name,
        { type: parameter.var?.type ?? {}, required: parameter.required ?? false },
      ]),
    ),
  };
}

function takesNone(type: LiteralType | null | undefined): boolean {
  return (type?.unionType?.variants ?? []).some((variant) => variant.simple === flyteidl.core.SimpleType.NONE);
}
