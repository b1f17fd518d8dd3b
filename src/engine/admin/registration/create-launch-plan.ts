import { expectedInputs } from "../../../compiler/expected-inputs.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import { identifierOf } from "../../../idl/identifiers.ts";
import type { EntityId } from "../../../idl/identifiers.ts";
import { messageHash } from "../../../idl/object-hash.ts";
import { StatusError } from "../../../idl/status.ts";
import type { LaunchPlanSpec } from "../../../idl/types.ts";
import { sameBytes } from "../../../idl/wire.ts";
import type { LaunchPlanRow } from "../../../ports/state-store.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { entityMissing } from "../entities/get-entity.ts";
import { validateLabels } from "../projects/validate-project-fields.ts";
import { invalidArgument, missingField } from "../refusals.ts";
import { emptyReply } from "../reply.ts";
import { validIdentifier } from "../validate-identifier.ts";
import { validateProjectAndDomain } from "../validate-project.ts";
import { differenceText } from "./difference-text.ts";
import { existingVersion, insertVersion } from "./insert-version.ts";
import { validateNotifications } from "./validate-notifications.ts";
import { scheduleTypeOf, validateSchedule } from "./validate-schedule.ts";

/** CreateLaunchPlan. */
export async function createLaunchPlan(deps: AdminDeps, request: flyteidl.admin.LaunchPlanCreateRequest.$Properties): Promise<Uint8Array> {
  const id = validIdentifier(request.id, "LAUNCH_PLAN");
  await validateProjectAndDomain(deps, id.project, id.domain);
  if (request.spec == null) throw missingField("spec");
  await registerLaunchPlan(deps, id, request.spec);
  return emptyReply;
}

/**
 * Keeps a new, inactive launch plan; its default inputs become the full map of what it expects. NOT_FOUND without its
 * workflow, ALREADY_EXISTS for the same plan under the same id, INVALID_ARGUMENT with the differences for another one.
 */
export async function registerLaunchPlan(deps: AdminDeps, id: EntityId, spec: LaunchPlanSpec): Promise<void> {
  const workflowId = validIdentifier(spec.workflowId, "WORKFLOW");
  validateLabels(spec.labels, 0);
  validateNotifications(spec.entityMetadata?.notifications);
  if (spec.entityMetadata?.launchConditions != null) throw invalidArgument("launch_conditions must be empty");
  const workflow = await deps.state.read.workflows.get(workflowId);
  if (workflow === undefined) throw entityMissing("WORKFLOW", workflowId);
  const typedInterface = flyteidl.core.TypedInterface.decode(workflow.typedInterface);
  spec.defaultInputs = expectedInputs(typedInterface.inputs, spec.defaultInputs, spec.fixedInputs);
  validateSchedule(spec, spec.defaultInputs);

  const closure = { expectedInputs: spec.defaultInputs, expectedOutputs: typedInterface.outputs ?? {} };
  const plan = { id: identifierOf("LAUNCH_PLAN", id), spec, closure };
  const digest = messageHash("flyteidl.admin.LaunchPlan", plan);
  const existing = await deps.state.read.launchPlans.get(id);
  if (existing) throw refusal(existing, digest, spec);

  const createdAt = rowTimeOf(deps.clock.now());
  const row = {
    ...id,
    createdAt,
    updatedAt: createdAt,
    digest,
    spec: flyteidl.admin.LaunchPlanSpec.encode(spec).finish(),
    closure: flyteidl.admin.LaunchPlanClosure.encode(closure).finish(),
    workflowKey: workflow.key,
    state: flyteidl.admin.LaunchPlanState.INACTIVE,
    scheduleType: scheduleTypeOf(spec),
  };
  const inserted = await insertVersion(deps.state, (writer) => writer.launchPlans.insert(row));
  if (!inserted) throw refusal(await existingVersion(deps.state.read.launchPlans, id), digest, spec);
}

function refusal(existing: LaunchPlanRow, digest: Uint8Array, spec: LaunchPlanSpec): StatusError {
  if (sameBytes(existing.digest, digest)) return new StatusError("ALREADY_EXISTS", "launch plan with identical structure already exists");
  const differences = differenceText("flyteidl.admin.LaunchPlanSpec", flyteidl.admin.LaunchPlanSpec.decode(existing.spec), spec);
  return invalidArgument(
    `${existing.name} launch plan with different structure already exists. (Please register a new version of the launch plan):\n${differences}`,
  );
}
