import type { AdminClient } from "../client/admin-client.ts";
import type { CallOptions } from "../client/connect.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { entityIdOf } from "../idl/identifiers.ts";
import { StatusError, hasStatus } from "../idl/status.ts";
import { formatUrn } from "../idl/urn.ts";
import { bytesField, concatBytes, subMessage } from "../idl/wire.ts";
import { FlyteError } from "../std/errors.ts";
import type { Entity } from "./entity.ts";

export interface RegisteredEntity {
  readonly urn: string;
  readonly kind: Entity["kind"];
  /** `unchanged`: the deployment has exactly this already. `planned`: a dry run. */
  readonly outcome: "registered" | "unchanged" | "failed" | "planned";
  /** A launch plan that was made the active one. */
  readonly activated: boolean;
  /** Why it failed, as the deployment said. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

const atOnce = 8;
const service = "flyteidl.service.AdminService";

/**
 * Sends complete entities: the tasks, several at once, then workflows and launch plans in the order given. Goes on after a
 * refusal, so that every entity has its outcome; throws only when the deployment cannot be reached. `onEach` hears each.
 */
export async function registerEntities(
  admin: AdminClient,
  entities: readonly Entity[],
  options: CallOptions & { readonly activateAll?: boolean; readonly onEach?: (done: RegisteredEntity) => void } = {},
): Promise<RegisteredEntity[]> {
  const results: RegisteredEntity[] = [];
  const one = async (index: number): Promise<void> => {
    const entity = entities[index];
    if (!entity) return;
    const done = await registerEntity(admin, entity, options);
    results[index] = done;
    options.onEach?.(done);
  };
  const indices = [...entities.keys()];
  const tasks = indices.filter((index) => entities[index]?.kind === "task").values();
  // One iterator for all of them: each takes the next task that nobody has taken.
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const index of tasks) await one(index);
    }),
  );
  for (const index of indices) if (entities[index]?.kind !== "task") await one(index);
  return results;
}

/** What a dry run would register. */
export function plannedEntities(entities: readonly Entity[], activateAll = false): RegisteredEntity[] {
  return entities.map((entity) => ({
    urn: urnOf(entity),
    kind: entity.kind,
    outcome: "planned",
    activated: activates(entity, activateAll),
    error: null,
  }));
}

const activates = (entity: Entity, all = false): boolean => entity.kind === "launch_plan" && (all || entity.activate);

function urnOf(entity: Entity): string {
  return formatUrn({ kind: entity.kind, ...entityIdOf(entity.id) });
}

async function registerEntity(
  admin: AdminClient,
  entity: Entity,
  options: CallOptions & { readonly activateAll?: boolean },
): Promise<RegisteredEntity> {
  const known = { urn: urnOf(entity), kind: entity.kind };
  let outcome: "registered" | "unchanged" = "registered";
  try {
    try {
      await admin.client.unary(service, methods[entity.kind], createRequest(entity), callOptions(options));
    } catch (error) {
      if (!hasStatus(error, "ALREADY_EXISTS")) throw error;
      outcome = "unchanged";
    }
    const activated = activates(entity, options.activateAll);
    if (activated) await admin.updateLaunchPlan({ id: entity.id, state: flyteidl.admin.LaunchPlanState.ACTIVE }, callOptions(options));
    return { ...known, outcome, activated, error: null };
  } catch (error) {
    if (!(error instanceof StatusError) || error.status === "CANCELLED") throw error;
    return { ...known, outcome: "failed", activated: false, error: { code: error.status, message: error.message } };
  }
}

const methods = { task: "CreateTask", workflow: "CreateWorkflow", launch_plan: "CreateLaunchPlan" } as const;

/** The Create…Request: field 1 the id, field 2 the spec, whose bytes go as they came. */
function createRequest(entity: Entity): Uint8Array {
  const id = bytesField(1, flyteidl.core.Identifier.encode(entity.id).finish());
  // A LaunchPlan file is {id = 1, spec = 2, closure = 3}; of the others the file is the spec itself.
  const spec = entity.kind === "launch_plan" ? subMessage(entity.bytes, [2]) : entity.bytes;
  return concatBytes(id, bytesField(2, spec ?? new Uint8Array()));
}

function callOptions(options: CallOptions): CallOptions {
  return {
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
}

/** The error of a registration that failed in part, naming what failed; undefined when nothing did. */
export function registrationFailure(results: readonly RegisteredEntity[]): FlyteError | undefined {
  const failed = results.filter((result) => result.outcome === "failed");
  if (failed.length === 0) return undefined;
  return new FlyteError({
    code: "REGISTRATION_FAILED",
    blame: "deployment",
    message: [
      `${failed.length} of ${results.length} entities were refused`,
      ...failed.map(({ urn, error }) => `  ${urn}: ${error?.message ?? ""}`),
    ].join("\n"),
    hint: "correct them and register again: what is registered already stays as it is. A version cannot change: give changed code another --version",
    details: { items: results },
  });
}
