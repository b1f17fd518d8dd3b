import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { PluginHost as EngineHost, TaskPlugin } from "../../ports/task-plugin.ts";
import type { Clock } from "../../std/clock.ts";
import { FlyteError, messageOf } from "../../std/errors.ts";
import { locateModule } from "../../std/locate-module.ts";
import type { Logger } from "../../std/logger.ts";
import { guardPlugin } from "./guard-plugin.ts";
import { openPluginHost } from "./open-plugin-host.ts";
import type { PluginModule } from "./plugin-api.ts";

/** A module of task plugins in the configuration. */
export interface PluginModuleConfig {
  /** A package that is installed, or a path. */
  readonly module: string;
  /** For the module alone. */
  readonly config?: unknown;
}

export interface LoadedPlugins {
  /** The modules' plugins. FlyteError PLUGIN_UNUSABLE for a module that fails or makes something else. */
  create(host: EngineHost): readonly TaskPlugin[];
  /** Tells the plugins that the engine stops. */
  stop(): void;
}

interface Found {
  readonly given: PluginModuleConfig;
  readonly module: PluginModule;
}

/**
 * Task plugins of other packages. They run in the engine's process with all its rights. `from`: the directory that paths and
 * packages are looked for from. FlyteErrors PLUGIN_MODULE_MISSING, PLUGIN_UNUSABLE and PLUGIN_API_OTHER name the module.
 */
export async function loadPluginModules(
  modules: readonly PluginModuleConfig[],
  { from, clock, logger }: { readonly from: string; readonly clock: Clock; readonly logger: Logger },
): Promise<LoadedPlugins> {
  const found: Found[] = [];
  for (const given of modules) found.push({ given, module: await load(given.module, from) });
  const stopping = new AbortController();
  return {
    create: (host) =>
      found.flatMap(({ given, module }) => {
        const ownHost = openPluginHost(host, { module: given.module, stopping: stopping.signal, logger });
        let made: unknown;
        try {
          made = module.createTaskPlugins(ownHost, given.config);
        } catch (error) {
          throw unusable(given.module, messageOf(error), error);
        }
        if (!Array.isArray(made)) throw unusable(given.module, "createTaskPlugins returned no list");
        return made.map((plugin) => guardPlugin(checked(given.module, plugin), clock));
      }),
    stop: () => stopping.abort(),
  };
}

async function load(name: string, from: string): Promise<PluginModule> {
  const place = locateModule(name, from);
  if (place === undefined) {
    throw new FlyteError({
      code: "PLUGIN_MODULE_MISSING",
      blame: "usage",
      message: `there is no task plugin module ${name} in ${from}`,
      hint: "name a package that is installed there, or the path of its directory or file",
      details: { module: name, from },
    });
  }
  let loaded: Partial<PluginModule>;
  try {
    loaded = (await import(pathToFileURL(entryOf(place)).href)) as Partial<PluginModule>;
  } catch (error) {
    throw unusable(name, messageOf(error), error);
  }
  const { pluginApi, createTaskPlugins } = loaded;
  if (typeof createTaskPlugins !== "function") throw unusable(name, "it exports no function createTaskPlugins");
  if (pluginApi !== 1) {
    throw new FlyteError({
      code: "PLUGIN_API_OTHER",
      blame: "usage",
      message: `the task plugin module ${name} is written for version ${String(pluginApi)} of the plugin API; this engine has version 1`,
      hint: "export pluginApi = 1, or install a version of the module for this engine",
      details: { module: name },
    });
  }
  return { pluginApi, createTaskPlugins: (host, config) => createTaskPlugins.call(loaded, host, config) };
}

/** The file that stands for a package's directory, as `import` would find it; a file stands for itself. */
function entryOf(place: string): string {
  if (!statSync(place).isDirectory()) return place;
  const manifest = JSON.parse(readFileSync(path.join(place, "package.json"), "utf8")) as {
    readonly exports?: unknown;
    readonly main?: unknown;
  };
  const main = typeof manifest.main === "string" ? manifest.main : "index.js";
  return path.join(place, exportOf(manifest.exports) ?? main);
}

/** What a package exports as itself to `import` in Node. */
function exportOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  for (const [condition, target] of Object.entries(exports)) {
    if (![".", "node", "import", "module-sync", "default"].includes(condition)) continue;
    const found = exportOf(target);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checked(module: string, made: unknown): TaskPlugin {
  const { id, taskTypes, handle, abort, finalize } = (made ?? {}) as Partial<TaskPlugin>;
  if (typeof id !== "string" || !/^[a-z0-9]([a-z0-9_.-]{0,62})$/i.test(id))
    throw unusable(module, "a plugin of it has no id, such as webhook");
  if (!Array.isArray(taskTypes) || !taskTypes.every((type) => typeof type === "string"))
    throw unusable(module, `${id} has no list of taskTypes`);
  for (const [name, call] of Object.entries({ handle, abort, finalize })) {
    if (typeof call !== "function") throw unusable(module, `${id} has no function ${name}`);
  }
  return made as TaskPlugin;
}

function unusable(module: string, why: string, cause?: unknown): FlyteError {
  return new FlyteError({
    code: "PLUGIN_UNUSABLE",
    blame: "usage",
    message: `the task plugin module ${module} cannot be used: ${why}`,
    hint: "docs/plugins.md says what a module exports; leave it out of plugins.modules to start without it",
    details: { module },
    ...(cause !== undefined && { cause }),
  });
}
