import { flyteidl } from "../../../idl/flyteidl.ts";
import type { LaunchPlanSpec, ParameterMap } from "../../../idl/types.ts";
import type { LaunchPlanRow } from "../../../ports/state-store.ts";
import { invalidArgument, invalidField } from "../refusals.ts";

type Schedule = flyteidl.admin.Schedule.$Properties;

/** CRON or RATE when the plan has a schedule that says when. */
export function scheduleTypeOf(spec: LaunchPlanSpec): LaunchPlanRow["scheduleType"] {
  const schedule = spec.entityMetadata?.schedule;
  if (schedule?.cronSchedule?.schedule || schedule?.cronExpression) return "CRON";
  return schedule?.rate?.value ? "RATE" : "NONE";
}

/** A scheduled plan must run by itself: nothing required may be open but the kickoff time, which is a datetime. */
export function validateSchedule(spec: LaunchPlanSpec, expected: ParameterMap): void {
  const schedule = spec.entityMetadata?.schedule;
  if (schedule == null || scheduleTypeOf(spec) === "NONE") return;
  const kickoff = schedule.kickoffTimeInputArg ?? "";
  const parameters = expected.parameters ?? {};
  for (const [name, parameter] of Object.entries(parameters)) {
    if (parameter.required && name !== kickoff) {
      throw invalidArgument(`Cannot create a launch plan with a schedule if there is an unbound required input. [${name}] is required`);
    }
  }
  if (kickoff !== "") {
    const type = Object.hasOwn(parameters, kickoff) ? parameters[kickoff]?.var?.type : undefined;
    if (type === undefined) {
      throw invalidArgument(
        `Cannot create a schedule with a KickoffTimeInputArg that does not point to a free input. [${kickoff}] is not free or does not exist.`,
      );
    }
    if (type?.simple !== flyteidl.core.SimpleType.DATETIME) {
      throw invalidArgument(`KickoffTimeInputArg must reference a datetime input. [${kickoff}] is no datetime`);
    }
  }
  const cron = cronOf(schedule);
  if (cron !== "" && !/^(@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)|\S+(\s+\S+){4})$/.test(cron))
    throw invalidField("schedule");
}

const cronOf = (schedule: Schedule): string => schedule.cronSchedule?.schedule || schedule.cronExpression || "";
