import { flyteidl } from "../idl/flyteidl.ts";
import { resourceTypes } from "../idl/identifiers.ts";
import type { Identifier } from "../idl/types.ts";
import { FlyteError, messageOf } from "../std/errors.ts";

const { TaskSpec, WorkflowSpec, LaunchPlan } = flyteidl.admin;

export type EntityKind = "task" | "workflow" | "launch_plan";

/** A message to register: as it came, and decoded for reading. */
export type Entity = {
  readonly bytes: Uint8Array;
  /** Where it came from, for messages. */
  readonly source: string;
  /** A launch plan that becomes active at once. */
  readonly activate: boolean;
  readonly id: Identifier;
} & (
  | { readonly kind: "task"; readonly message: ReturnType<typeof TaskSpec.decode> }
  | { readonly kind: "workflow"; readonly message: ReturnType<typeof WorkflowSpec.decode> }
  | { readonly kind: "launch_plan"; readonly message: ReturnType<typeof LaunchPlan.decode> }
);

const messageNames = {
  task: "flyteidl.admin.TaskSpec",
  workflow: "flyteidl.admin.WorkflowSpec",
  launch_plan: "flyteidl.admin.LaunchPlan",
} as const;

/**
 * Decodes TaskSpec, WorkflowSpec or LaunchPlan; without a kind the one that fits is found. Throws FlyteError
 * ENTITY_UNREADABLE when the bytes are none, or name nothing.
 */
export function entityOf(
  bytes: Uint8Array,
  from: { readonly kind?: EntityKind | undefined; readonly activate?: boolean; readonly source: string },
): Entity {
  const kinds: readonly EntityKind[] = from.kind ? [from.kind] : ["task", "workflow", "launch_plan"];
  const reasons: string[] = [];
  const found: Entity[] = [];
  for (const kind of kinds) {
    try {
      const entity = decode(kind, bytes, { source: from.source, activate: from.activate ?? false });
      const why = whyNot(entity);
      if (why === undefined) found.push(entity);
      else reasons.push(why);
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  const [entity, another] = found;
  if (entity && !another) return entity;
  const what = from.kind ? `a ${messageNames[from.kind]}` : "a TaskSpec, WorkflowSpec or LaunchPlan of flyteidl.admin";
  throw new FlyteError({
    code: "ENTITY_UNREADABLE",
    blame: "usage",
    message: `${from.source} is not ${what}: ${another ? "it could be several" : reasons.join("; ")}`,
    hint: "give files written by `pyflyte package` or `pyflyte serialize`; names end in _1.pb (task), _2.pb (workflow) or _3.pb (launch plan)",
    details: { source: from.source },
  });
}

/** The kind that pyflyte writes at the end of a file's name: `…_1.pb`, `…_2.pb`, `…_3.pb`. */
export function kindOfFileName(name: string): EntityKind | undefined {
  const digit = /_([123])\.pb$/.exec(name)?.[1];
  return digit === "1" ? "task" : digit === "2" ? "workflow" : digit === "3" ? "launch_plan" : undefined;
}

function decode(kind: EntityKind, bytes: Uint8Array, from: { readonly source: string; readonly activate: boolean }): Entity {
  switch (kind) {
    case "task": {
      const message = TaskSpec.decode(bytes);
      return { ...from, bytes, kind, message, id: message.template?.id ?? {} };
    }
    case "workflow": {
      const message = WorkflowSpec.decode(bytes);
      return { ...from, bytes, kind, message, id: message.template?.id ?? {} };
    }
    case "launch_plan": {
      const message = LaunchPlan.decode(bytes);
      return { ...from, bytes, kind, message, id: message.id ?? {} };
    }
  }
}

const expectedTypes = { task: resourceTypes.TASK, workflow: resourceTypes.WORKFLOW, launch_plan: resourceTypes.LAUNCH_PLAN } as const;

function whyNot(entity: Entity): string | undefined {
  if (!entity.id.name) return "it has no name";
  if (entity.id.resourceType !== expectedTypes[entity.kind])
    return `its id is of type ${resourceTypes[entity.id.resourceType ?? 0] ?? "?"}`;
  if (entity.kind === "task" && !entity.message.template?.type) return "it has no task type";
  if (entity.kind === "launch_plan" && !entity.message.spec?.workflowId?.name) return "it names no workflow";
  return undefined;
}
