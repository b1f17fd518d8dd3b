import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of our package.json, wherever this module was bundled to. */
export function packageRoot(): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, "package.json"))) {
    const parent = path.dirname(directory);
    if (parent === directory) throw new Error("the package's own package.json was not found");
    directory = parent;
  }
  return directory;
}

/** The program that `sandbox start` runs in the background. */
export function daemonProgram(): string {
  return path.join(packageRoot(), "bin", "flyte-daemon.js");
}
