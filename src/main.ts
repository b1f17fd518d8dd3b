import type { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import { flush } from "@oclif/core/flush";
import type { Plugin } from "@oclif/core/interfaces";
import { run } from "@oclif/core/run";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import packageJson from "../package.json" with { type: "json" };
import type { CommandLoader } from "./cli/bundled-plugin.ts";
import { bundledPlugin } from "./cli/bundled-plugin.ts";
import { reportFailure } from "./cli/report-failure.ts";
import type { CommandManifest } from "./cli/usage-hint.ts";

/**
 * Runs the command line of this process; `root` is the package's folder, `loaders` import the commands by their ids. Sets
 * the exit code, never throws.
 */
export async function main(root: URL, loaders: Readonly<Record<string, CommandLoader>>): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(process.exitCode ?? 0);
  });
  // Without it oclif asks the system for this user's, and ends where the user has a number but no name, as in a container.
  if (process.platform !== "win32") process.env["SHELL"] ??= "/bin/sh";
  const argv = process.argv.slice(2);
  let manifest: CommandManifest | undefined;
  try {
    const folder = fileURLToPath(root);
    const read = JSON.parse(readFileSync(new URL("oclif.manifest.json", root), "utf8")) as { commands: Record<string, Command.Cached> };
    manifest = read as CommandManifest;
    const pjson = packageJson as unknown as Plugin["pjson"];
    const plugin = bundledPlugin(folder, pjson, read.commands, loaders);
    // We have no themes, and to look for one takes as long as anything else oclif does at a start.
    Config.prototype.loadTheme = () => Promise.resolve(undefined);
    // Nor plugins of users: the look for them warns of a HOME that is no directory.
    const plugins = new Map([[plugin.name, plugin]]);
    await run(argv, { root: folder, pjson, isRoot: true, plugins, userPlugins: false } as never);
  } catch (thrown) {
    process.exitCode = await reportFailure(thrown, argv, manifest);
  }
  await flush();
}
