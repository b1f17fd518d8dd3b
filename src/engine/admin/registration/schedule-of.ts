import { flyteidl } from "../../../idl/flyteidl.ts";
import { patternOf } from "../../../idl/schedule-cadence.ts";
import type { LaunchPlanRow, ScheduleRow } from "../../../ports/state-store.ts";

/**
 * What the scheduler is told of a launch plan; undefined when it has no schedule. The kickoff argument is for cron expressions, as
 * in Flyte; of a fixed rate it counts when the input has no default, where Flyte's executions are refused.
 */
export function scheduleOf({
  project,
  domain,
  name,
  version,
  ...row
}: LaunchPlanRow): Omit<ScheduleRow, "activatedAt" | "lastTick"> | undefined {
  const { entityMetadata, defaultInputs } = flyteidl.admin.LaunchPlanSpec.decode(row.spec);
  const pattern = patternOf(entityMetadata?.schedule);
  if (!pattern) return undefined;
  const argument = entityMetadata?.schedule?.kickoffTimeInputArg ?? "";
  const isGiven =
    pattern.cron !== "" || (Object.hasOwn(defaultInputs?.parameters ?? {}, argument) && defaultInputs?.parameters?.[argument]?.required);
  return { project, domain, name, version, ...pattern, kickoffArgument: isGiven ? argument : "" };
}
