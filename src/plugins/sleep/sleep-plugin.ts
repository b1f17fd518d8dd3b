import { fromDuration } from "../../idl/time.ts";
import type { LiteralMap } from "../../idl/types.ts";
import type { PluginHost, PluginTransition, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";
import type { Clock } from "../../std/clock.ts";
import { AttemptWatch } from "../machinery/attempt-watch.ts";

/** Beyond it a time is none that a clock has. */
const longestMs = 365 * 24 * 3600 * 1000 * 100;

/**
 * Tasks that only wait (flytekitplugins-sleep: `core-sleep`): for as long as their one input says, without a process anywhere. When they began
 * is saved, so that a restart makes nobody wait longer.
 */
export function createSleepPlugin(host: PluginHost, clock: Clock): TaskPlugin {
  const watch = new AttemptWatch(clock, ({ id }) => host.wake(id.node.execution, id.node.nodeId));
  return {
    id: "core-sleep",
    taskTypes: ["core-sleep"],
    async handle(context) {
      const { until = await untilOf(context, clock.now()) } = context.state ?? {};
      if (typeof until === "string") return refused(until);
      const end = Number(until);
      if (clock.now() >= end) return { phase: "SUCCESS", phaseVersion: 0, state: { until: end } };
      watch.lookAgain(context.generatedName, context, end);
      return { phase: "RUNNING", phaseVersion: 0, state: { until: end } };
    },
    async abort() {},
    async finalize({ generatedName }) {
      watch.remove(generatedName);
    },
  };
}

/** When an attempt that begins at `now` is over; text for why that cannot be told. */
async function untilOf(context: TaskContext, now: number): Promise<number | string> {
  const { literals }: LiteralMap = await context.inputs();
  const durations = Object.entries(literals ?? {}).flatMap(([name, literal]) => {
    const duration = fromDuration(literal.scalar?.primitive?.duration);
    return duration === undefined ? [] : [{ name, duration }];
  });
  const [only] = durations;
  if (!only || durations.length > 1) {
    const inputs = Object.keys(literals ?? {}).join(", ");
    return `a task that sleeps takes one duration, how long; its inputs are [${inputs}]`;
  }
  if (only.duration < 0 || only.duration > longestMs) return `nobody can sleep for [${only.duration}] ms, as [${only.name}] says`;
  return now + only.duration;
}

function refused(message: string): PluginTransition {
  return { phase: "PERMANENT_FAILURE", phaseVersion: 0, error: { code: "BadTaskSpecification", message, kind: "USER" } };
}
