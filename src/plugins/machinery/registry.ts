import { FlyteError } from "../../std/errors.ts";
import type { PluginOverride } from "../../ports/workflow-store.ts";
import type { PluginState, TaskPlugin } from "../../ports/task-plugin.ts";

export interface PluginRegistry {
  readonly plugins: readonly TaskPlugin[];
  /**
   * The plugin for a task type: what an override names, else who claims the type, else who has found out that it runs it or
   * has begun the attempt already (`state` is what its plugin keeps), else the default; undefined when there is none, or when
   * none that the override names is there and it allows no other.
   */
  choose(taskType: string, overrides?: readonly PluginOverride[], state?: PluginState): TaskPlugin | undefined;
}

export interface PluginChoice {
  /** Ids, in any case; empty for all. */
  readonly enabled?: readonly string[];
  /** Task type to plugin id, where several claim the type. */
  readonly defaultForTaskTypes?: Readonly<Record<string, string>>;
}

const refuse = (code: string, message: string, hint: string): FlyteError => new FlyteError({ code, blame: "deployment", message, hint });

/**
 * Who runs which task type. An unknown type falls to the default plugin, as in Flyte: it runs as a container. FlyteError
 * for two plugins of one id, two defaults, a type claimed twice without a choice, and a choice of an absent plugin.
 */
export function createPluginRegistry(all: readonly TaskPlugin[], choice: PluginChoice = {}): PluginRegistry {
  const enabled = new Set((choice.enabled ?? []).map((id) => id.toLowerCase()));
  const plugins = all.filter((plugin) => enabled.size === 0 || enabled.has(plugin.id.toLowerCase()));
  const byId = new Map<string, TaskPlugin>();
  const byType = new Map<string, TaskPlugin>();
  const defaults = plugins.filter((plugin) => plugin.isDefault === true);
  for (const plugin of plugins) {
    if (byId.has(plugin.id))
      throw refuse("PLUGIN_DUPLICATE", `two task plugins are called ${plugin.id}`, "remove one of them from the configuration");
    byId.set(plugin.id, plugin);
  }
  if (defaults.length > 1) {
    const names = defaults.map((plugin) => plugin.id).join(" and ");
    throw refuse("PLUGIN_CONFLICT", `${names} both want to be the default task plugin`, "enable only one of them");
  }
  for (const [type, id] of Object.entries(choice.defaultForTaskTypes ?? {})) {
    const plugin = byId.get(id);
    if (!plugin)
      throw refuse(
        "PLUGIN_MISSING",
        `task type ${type} is to be run by ${id}, which is no enabled plugin`,
        `use one of: ${[...byId.keys()].join(", ")}`,
      );
    byType.set(type, plugin);
  }
  const chosen = new Set(byType.keys());
  for (const plugin of plugins) {
    for (const type of new Set(plugin.taskTypes)) {
      if (chosen.has(type)) continue;
      const other = byType.get(type);
      if (other) {
        const hint = `choose one under defaultForTaskTypes, e.g. { "${type}": "${other.id}" }`;
        throw refuse("PLUGIN_CONFLICT", `task type ${type} is claimed by ${other.id} and ${plugin.id}`, hint);
      }
      byType.set(type, plugin);
    }
  }
  return {
    plugins,
    choose(taskType, overrides = [], state) {
      const override = overrides.findLast((one) => one.taskType === taskType);
      for (const id of override?.pluginIds ?? []) {
        const plugin = byId.get(id);
        if (plugin?.taskTypes.includes(taskType) || plugin?.runs?.(taskType, state)) return plugin;
      }
      if (override && override.pluginIds.length > 0 && !override.mayFallBack) return undefined;
      return byType.get(taskType) ?? plugins.find((plugin) => plugin.runs?.(taskType, state)) ?? defaults[0];
    },
  };
}
