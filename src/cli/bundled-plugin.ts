import type { Command } from "@oclif/core/command";
import type { Plugin } from "@oclif/core/interfaces";

/** Imports the file of one command, which is its default export. */
export type CommandLoader = () => Promise<{ readonly default: Command.Class }>;

/**
 * Our commands as oclif's only plugin. oclif's own would look for packages, read their manifests and resolve the file of
 * the command, all of which is known when the bundle is made: that takes as long as the rest of a command's start.
 * `commands` are those of the manifest, sorted; `loaders` go by the same ids.
 */
export function bundledPlugin(
  root: string,
  pjson: Plugin["pjson"],
  commands: Readonly<Record<string, Command.Cached>>,
  loaders: Readonly<Record<string, CommandLoader>>,
): Plugin {
  async function findCommand(id: string): Promise<Command.Class> {
    const load = loaders[id];
    if (!load) throw new Error(`the bundle holds no command ${id}`);
    const { default: command } = await load();
    command.id = id;
    command.plugin = plugin;
    return command;
  }
  const { name, version, oclif } = pjson;
  const plugin: Plugin = {
    _base: "",
    alias: name,
    commandIDs: Object.keys(commands),
    commands: Object.values(commands).map((cached) => ({
      ...cached,
      pluginAlias: name,
      pluginType: "core",
      load: () => findCommand(cached.id),
    })),
    commandsDir: undefined,
    findCommand,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    async load() {},
    moduleType: "module",
    name,
    options: { root, pjson, isRoot: true },
    pjson,
    root,
    topics: Object.entries(oclif.topics ?? {}).map(([topic, said]) => ({ ...said, name: topic })),
    type: "core",
    valid: true,
    version,
  };
  return plugin;
}
