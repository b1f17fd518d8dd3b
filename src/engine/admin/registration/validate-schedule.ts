import { flyteidl } from "../../../idl/flyteidl.ts";
import { cadenceOf, patternOf } from "../../../idl/schedule-cadence.ts";
import { protoText } from "../../../idl/type-text.ts";
import type { LaunchPlanSpec, ParameterMap } from "../../../idl/types.ts";
import type { LaunchPlanRow } from "../../../ports/state-store.ts";
import { messageOf } from "../../../std/errors.ts";
import { invalidArgument } from "../refusals.ts";

/** CRON or RATE when the plan has a schedule that says when. */
export function scheduleTypeOf(spec: LaunchPlanSpec): LaunchPlanRow["scheduleType"] {
  const pattern = patternOf(spec.entityMetadata?.schedule);
  return pattern === undefined ? "NONE" : pattern.cron === "" ? "RATE" : "CRON";
}

/**
 * A scheduled plan must run by itself: nothing required may be open but the kickoff time, which is a datetime. Flyte:
 * flyteadmin's launch_plan_validator.go validateSchedule, and dbapi's AddSchedule of the units.
 */
export function validateSchedule(spec: LaunchPlanSpec, expected: ParameterMap): void {
  const schedule = spec.entityMetadata?.schedule;
  if (schedule == null || !(schedule.cronExpression || schedule.rate != null || schedule.cronSchedule != null)) return;
  const kickoff = schedule.kickoffTimeInputArg ?? "";
  const parameters = expected.parameters ?? {};
  for (const [name, parameter] of Object.entries(parameters)) {
    if (parameter.required && name !== kickoff) {
      throw invalidArgument(`Cannot create a launch plan with a schedule if there is an unbound required input. [${name}] is required`);
    }
  }
  if (kickoff !== "") {
    const type = Object.hasOwn(parameters, kickoff) ? parameters[kickoff]?.var?.type : undefined;
    if (type == null) {
      throw invalidArgument(
        `Cannot create a schedule with a KickoffTimeInputArg that does not point to a free input. [${kickoff}] is not free or does not exist.`,
      );
    }
    if (type.simple !== flyteidl.core.SimpleType.DATETIME)
      throw invalidArgument(`KickoffTimeInputArg must reference a datetime input. [${kickoff}] is a [${protoText(type)}]`);
  }
  const pattern = patternOf(schedule);
  if (!pattern) return;
  try {
    cadenceOf(pattern);
  } catch (thrown) {
    throw invalidArgument(`Invalid ${pattern.cron === "" ? "rate" : "cron expression"}: ${messageOf(thrown)}`);
  }
}
