import type { PluginTransition, TaskPlugin } from "../../ports/task-plugin.ts";
import type { ResourcePool } from "../../ports/resource-manager.ts";
import type { Clock } from "../../std/clock.ts";

/** A call that takes longer is given up; the plugin was to do its work in the background and wake the attempt. */
const callMs = 30_000;
/** Of the state as JSON: it is kept with the execution's, and written with every change. */
const maxState = 64 << 10;
const maxText = 100 << 10;

/**
 * A plugin of another package, held to its contract, so that none can stop or swell the engine: a call takes at most half a
 * minute, its state is small and plain, its texts are cut. What it throws or breaks is an error of the round, which is tried
 * again.
 */
export function guardPlugin(plugin: TaskPlugin, clock: Clock): TaskPlugin {
  const bounded = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    const tooLate = Promise.withResolvers<never>();
    const forget = clock.at(clock.now() + callMs, () =>
      tooLate.reject(new Error(`task plugin ${plugin.id} did not end ${what} within ${callMs / 1000} s`)),
    );
    try {
      return await Promise.race([call(), tooLate.promise]);
    } finally {
      forget();
    }
  };
  return {
    id: plugin.id,
    taskTypes: plugin.taskTypes,
    ...(plugin.isDefault !== undefined && { isDefault: plugin.isDefault }),
    ...(plugin.requires && { requires: (context) => checkedPool(plugin.id, plugin.requires?.(context)) }),
    handle: async (context) => checked(plugin.id, await bounded("handle", async () => plugin.handle(context))),
    abort: (context, reason) => bounded("abort", async () => plugin.abort(context, reason)),
    finalize: (context) => bounded("finalize", async () => plugin.finalize(context)),
  };
}

/** Pools are the plugin's own. */
function checkedPool(id: string, pool: ResourcePool | undefined): ResourcePool | undefined {
  if (pool === undefined) return undefined;
  const { namespace, quota, perProject = 1, perDomain = 1 } = pool;
  const isAmount = [quota, perProject, perDomain].every((amount) => Number.isInteger(amount) && amount > 0);
  if (typeof namespace !== "string" || namespace.length > 200 || !isAmount)
    throw new Error(`task plugin ${id} requires a token of a pool that there cannot be`);
  return { ...pool, namespace: `${id}:${namespace}` };
}

function checked(id: string, given: unknown): PluginTransition {
  if (typeof given !== "object" || given === null) throw new Error(`task plugin ${id} answered with no transition`);
  const transition = given as PluginTransition;
  const { state, reason, error } = transition;
  if (state !== undefined) checkState(id, state);
  return {
    ...transition,
    ...(reason !== undefined && { reason: reason.slice(0, maxText) }),
    ...(error !== undefined && { error: { ...error, message: error.message.slice(0, maxText) } }),
  };
}

function checkState(id: string, state: unknown): void {
  const isPlain =
    typeof state === "object" &&
    state !== null &&
    Object.values(state).every((value) => value === null || ["string", "number", "boolean"].includes(typeof value));
  if (!isPlain)
    throw new Error(`task plugin ${id} answered with a state that is no mapping of names to text, numbers, true or false, and null`);
  const { length } = JSON.stringify(state);
  if (length > maxState) throw new Error(`task plugin ${id} answered with a state of ${length} bytes, more than ${maxState}`);
}
