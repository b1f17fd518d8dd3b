import { readFile } from "node:fs/promises";
import type { HostConfig } from "../host/host-config.ts";
import { sandboxPaths } from "./sandbox-paths.ts";

/** The interpreter a sandbox's tasks run with, as its daemon was last started. */
export async function hostConfigPython(name: string): Promise<string | undefined> {
  return (JSON.parse(await readFile(sandboxPaths(name).daemonConfig, "utf8")) as HostConfig).python;
}
