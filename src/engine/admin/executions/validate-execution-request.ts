import { flyteidl } from "../../../idl/flyteidl.ts";
import { toNumber } from "../../../idl/time.ts";
import type { ExecutionSpec, Literal, LiteralMap } from "../../../idl/types.ts";
import { fitsTagColumn } from "../../../ports/execution-tags.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { validateLabels } from "../projects/validate-project-fields.ts";
import { invalidArgument, invalidField, missingField } from "../refusals.ts";
import { validateNotifications } from "../registration/validate-notifications.ts";
import { completeIdentifier } from "../validate-identifier.ts";
import { validateProjectAndDomain } from "../validate-project.ts";

const { ResourceType } = flyteidl.core;
const longestName = 63;
const nameForm = /^[a-z][a-z\-0-9]*$/;

/** Flyte's checks of a new execution, in its order; the spec, or INVALID_ARGUMENT. */
export async function validateExecutionRequest(
  deps: AdminDeps,
  request: flyteidl.admin.ExecutionCreateRequest.$Properties,
): Promise<ExecutionSpec> {
  if (!request.project) throw missingField("project");
  if (!request.domain) throw missingField("domain");
  validateExecutionName(request.name ?? "");
  await validateProjectAndDomain(deps, request.project, request.domain);
  const spec = request.spec;
  if (spec == null) throw missingField("spec");
  if (spec.launchPlan == null) throw missingField("launch_plan");
  completeIdentifier(spec.launchPlan);
  const type = spec.launchPlan.resourceType ?? 0;
  if (type !== ResourceType.LAUNCH_PLAN && type !== ResourceType.TASK) {
    throw invalidArgument(`Invalid reference entity resource type [${ResourceType[type] ?? type}], only [LAUNCH_PLAN, TASK] allowed`);
  }
  validateLiteralMap(Object.keys(request.inputs?.literals ?? {}).length > 0 ? request.inputs : spec.inputs, "inputs");
  validateNotifications(spec.notifications?.notifications);
  validateLabels(spec.labels, 0);
  for (const tag of spec.tags ?? []) if (tag === "" || !fitsTagColumn(tag)) throw invalidField("tags");
  return spec;
}

/** Upper case passes, as in Flyte. */
export function validateExecutionName(name: string): void {
  if (name === "") return;
  if (!nameForm.test(name.toLowerCase())) {
    throw invalidArgument(`invalid name format: ${name}, does not match regex '^[a-z][a-z\\-0-9]*$'`);
  }
  if (name.length > longestName) throw invalidArgument(`name for ExecutionCreateRequest [${name}] exceeded allowed length ${longestName}`);
}

function validateLiteralMap(map: LiteralMap | null | undefined, field: string): void {
  for (const [name, literal] of Object.entries(map?.literals ?? {})) {
    if (name === "") throw missingField(`key in ${field}`);
    if (!hasValue(literal)) throw missingField(`valid literal in ${field} ${name}`);
    const datetime = literal.scalar?.primitive?.datetime;
    if (datetime != null) {
      const seconds = toNumber(datetime.seconds);
      const nanos = datetime.nanos ?? 0;
      // The years 1 to 9999, as protobuf has it.
      if (seconds < -62_135_596_800 || seconds > 253_402_300_799 || nanos < 0 || nanos > 999_999_999)
        throw invalidField(`datetime in ${field} ${name}`);
    }
  }
}

const hasValue = (literal: Literal): boolean =>
  literal.scalar != null || literal.collection != null || literal.map != null || literal.offloadedMetadata != null;
