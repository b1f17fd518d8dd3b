import { flyteidl } from "../../idl/flyteidl.ts";
import { entityIdOf } from "../../idl/identifiers.ts";
import type { ParameterMap, TypedInterface, VariableMap } from "../../idl/types.ts";
import { cadenceOf, patternOf } from "../../idl/schedule-cadence.ts";
import { fromTimestamp } from "../../idl/time.ts";
import { nextTick } from "../../std/cron/next-tick.ts";
import type { EntityUrn } from "../../idl/urn.ts";
import { formatUrn } from "../../idl/urn.ts";
import { timeText } from "../../idl/literals/literal-value.ts";
import { typeName } from "../inputs/type-name.ts";
import type { Table } from "../table.ts";
import { entityUrn } from "./execution-view.ts";
import { inSignatureOrder, outputOrder } from "./signature-order.ts";
import { secondsText } from "./time-view.ts";

export interface EntityView {
  readonly urn: string;
  readonly project: string;
  readonly domain: string;
  readonly name: string;
  readonly version: string;
  readonly createdAt: string | null;
  /** A task's type. */
  readonly type?: string | null;
  /** Launch plans only. */
  readonly state?: "ACTIVE" | "INACTIVE";
  readonly schedule?: string | null;
  /** When its schedule launches next, while it is active; cron expressions that name no time zone by UTC. */
  readonly nextTick?: string | null;
  readonly workflow?: string | null;
  /** Types by name; a launch plan's inputs with a default end in "?". Empty in lists of deployments that leave it out. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

export function taskView(task: flyteidl.admin.Task.$Properties): EntityView {
  const template = task.closure?.compiledTask?.template;
  return { ...named("task", task.id, task.closure?.createdAt), type: template?.type || null, ...interfaceOf(template?.interface) };
}

export function workflowView(workflow: flyteidl.admin.Workflow.$Properties): EntityView {
  const closure = workflow.closure?.compiledWorkflow;
  const typed = interfaceOf(closure?.primary?.template?.interface);
  const outputs = inSignatureOrder(typed.outputs, outputOrder(closure));
  return { ...named("workflow", workflow.id, workflow.closure?.createdAt), ...typed, outputs };
}

/** `now`: epoch milliseconds. */
export function launchPlanView(launchPlan: flyteidl.admin.LaunchPlan.$Properties, now: number): EntityView {
  const { closure, spec } = launchPlan;
  return {
    ...named("launch_plan", launchPlan.id, closure?.createdAt),
    state: closure?.state === flyteidl.admin.LaunchPlanState.ACTIVE ? "ACTIVE" : "INACTIVE",
    schedule: scheduleText(spec?.entityMetadata?.schedule),
    nextTick: nextTickText(launchPlan, now),
    workflow: entityUrn(spec?.workflowId),
    inputs: parameterTypes(closure?.expectedInputs ?? spec?.defaultInputs),
    outputs: variableTypes(closure?.expectedOutputs),
  };
}

export function entityTable(kind: EntityUrn["kind"], entities: readonly EntityView[]): Table {
  const own: readonly (readonly [string, (view: EntityView) => string])[] =
    kind === "task"
      ? [["type", (view) => view.type ?? ""]]
      : kind === "launch_plan"
        ? [
            ["state", (view) => view.state ?? ""],
            ["schedule", (view) => view.schedule ?? ""],
            ["next", (view) => secondsText(view.nextTick ?? null)],
          ]
        : [];
  return {
    columns: ["name", "version", ...own.map(([name]) => name), "created"],
    rows: entities.map((view) => [view.name, view.version, ...own.map(([, cell]) => cell(view)), secondsText(view.createdAt)]),
  };
}

function named(
  kind: EntityUrn["kind"],
  id: flyteidl.core.Identifier.$Properties | null | undefined,
  createdAt: Parameters<typeof timeText>[0],
) {
  const entity = entityIdOf(id);
  return { urn: formatUrn({ kind, ...entity }), ...entity, createdAt: timeText(createdAt) };
}

function interfaceOf(typed: TypedInterface | null | undefined) {
  return { inputs: variableTypes(typed?.inputs), outputs: inSignatureOrder(variableTypes(typed?.outputs)) };
}

function variableTypes(variables: VariableMap | null | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(variables?.variables ?? {}).map(([name, variable]) => [name, typeName(variable.type)]));
}

function parameterTypes(parameters: ParameterMap | null | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters?.parameters ?? {}).map(([name, parameter]) => [
      name,
      `${typeName(parameter.var?.type)}${parameter.required ? "" : "?"}`,
    ]),
  );
}

/** Fixed rates count from when the plan became active. */
function nextTickText({ spec, closure }: flyteidl.admin.LaunchPlan.$Properties, now: number): string | null {
  const pattern = patternOf(spec?.entityMetadata?.schedule);
  const since = fromTimestamp(closure?.updatedAt);
  if (!pattern || since === undefined || closure?.state !== flyteidl.admin.LaunchPlanState.ACTIVE) return null;
  try {
    const cadence = cadenceOf(pattern);
    const delay = cadence.kind === "delay" ? cadence.seconds * 1000 : undefined;
    const after = delay === undefined ? now : since + Math.floor(Math.max(0, now - since) / delay) * delay;
    const next = nextTick(cadence, after, "UTC");
    return next === undefined ? null : new Date(next).toISOString().replace(".000Z", "Z");
  } catch {
    // Another deployment may read what we cannot.
    return null;
  }
}

function scheduleText(schedule: flyteidl.admin.Schedule.$Properties | null | undefined): string | null {
  if (schedule?.cronSchedule != null) return schedule.cronSchedule.schedule ?? null;
  if (schedule?.cronExpression) return schedule.cronExpression;
  if (schedule?.rate == null) return null;
  const units = flyteidl.admin.FixedRateUnit as unknown as Record<number, string>;
  return `every ${schedule.rate.value ?? 0} ${(units[schedule.rate.unit ?? 0] ?? "").toLowerCase()}`;
}
