import { StatusError, hasStatus } from "../../idl/status.ts";
import { messageOf } from "../../std/errors.ts";
import { canTaskGo, isNews, isPluginPhaseFinal, maxPhaseVersions, pluginPhases } from "./task-transition.ts";
import type { TaskPosition } from "./task-transition.ts";
import type { PluginTransition, TaskContext, TaskPlugin } from "../../ports/task-plugin.ts";

export interface Invocation {
  readonly transition: PluginTransition;
  /** Phase or version changed: a task event is due. */
  readonly news: boolean;
}

function complaintAbout(transition: PluginTransition, last: TaskPosition | undefined): string | undefined {
  const { phase, phaseVersion, error } = transition;
  if (!pluginPhases.includes(phase)) return `an unknown phase [${phase as string}]`;
  if (!Number.isInteger(phaseVersion) || phaseVersion < 0) return `phase version [${phaseVersion}]`;
  if ((phase === "RETRYABLE_FAILURE" || phase === "PERMANENT_FAILURE") && error === undefined) return `phase ${phase} without an error`;
  if (last?.phase === phase && phaseVersion < last.phaseVersion) return `phase version [${phaseVersion}] after [${last.phaseVersion}]`;
  if (last !== undefined && last.phase !== phase && !canTaskGo(last.phase, phase)) return `phase ${phase} after ${last.phase}`;
  return undefined;
}

/**
 * Asks a plugin how its attempt is. Whatever it throws, and answers that make no sense, reject: the round is tried again.
 * Flyte: task/handler.go invokePlugin.
 */
export async function invokePlugin(plugin: TaskPlugin, context: TaskContext, last: TaskPosition | undefined): Promise<Invocation> {
  let transition: PluginTransition;
  try {
    transition = await plugin.handle(context);
  } catch (thrown) {
    const message = `plugin ${plugin.id} failed to handle ${context.generatedName}: ${messageOf(thrown)}`;
    // Where it runs cannot be reached: no fault of the workflow's.
    if (hasStatus(thrown, "UNAVAILABLE")) throw new StatusError("UNAVAILABLE", message, [], thrown);
    throw new Error(message, { cause: thrown });
  }
  const complaint = complaintAbout(transition, last);
  if (complaint !== undefined) throw new Error(`plugin ${plugin.id} answered with ${complaint} for ${context.generatedName}`);
  if (transition.phaseVersion > maxPhaseVersions && !isPluginPhaseFinal(transition.phase)) {
    const message = `Task attempts to create more than [${maxPhaseVersions}] versions of phase [${transition.phase}]`;
    return {
      transition: {
        ...transition,
        phase: "PERMANENT_FAILURE",
        phaseVersion: 0,
        error: { code: "TooManyPluginPhaseVersions", message, kind: "USER" },
      },
      news: true,
    };
  }
  return { transition, news: isNews(last, transition) };
}
