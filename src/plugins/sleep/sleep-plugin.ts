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
      const duration = await durationOf(context);
      if (typeof duration === "string") return refused(duration);
      const now = clock.now();
      const known = context.state?.["since"];
      const since = typeof known === "number" ? known : now;
      const until = since + duration;
      const state = { since };
      if (now >= until) return { phase: "SUCCESS", phaseVersion: 0, startedAt: since, occurredAt: now, state };
      watch.lookAgain(context.generatedName, context, until);
      return { phase: "RUNNING", phaseVersion: 0, occurredAt: since, state };
    },
    async abort() {},
    async finalize({ generatedName }) {
      watch.remove(generatedName);
    },
  };
}

/** Milliseconds; text for why that cannot be told. */
async function durationOf(context: TaskContext): Promise<number | string> {
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
  return only.duration;
}

function refused(message: string): PluginTransition {
  return { phase: "PERMANENT_FAILURE", phaseVersion: 0, error: { code: "BadTaskSpecification", message, kind: "USER" } };
}
