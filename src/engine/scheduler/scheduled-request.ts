import { flyteidl } from "../../idl/flyteidl.ts";
import { identifierOf } from "../../idl/identifiers.ts";
import { scheduledExecutionName } from "../../idl/names.ts";
import { toTimestamp } from "../../idl/time.ts";
import type { ScheduleRow } from "../../ports/state-store.ts";

/** The encoded admin.ExecutionCreateRequest of a tick (epoch milliseconds). Flyte: flyteadmin/scheduler/executor/executor_impl.go Execute. */
export function scheduledRequest(schedule: ScheduleRow, tick: number): Uint8Array {
  const { project, domain, kickoffArgument } = schedule;
  const datetime = { scalar: { primitive: { datetime: toTimestamp(tick) } } };
  return flyteidl.admin.ExecutionCreateRequest.encode({
    project,
    domain,
    name: scheduledExecutionName(schedule, tick),
    spec: {
      launchPlan: identifierOf("LAUNCH_PLAN", schedule),
      metadata: { mode: flyteidl.admin.ExecutionMetadata.ExecutionMode.SCHEDULED, scheduledAt: toTimestamp(tick) },
    },
    inputs: { literals: kickoffArgument === "" ? {} : { [kickoffArgument]: datetime } },
  }).finish();
}
