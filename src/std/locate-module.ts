import { statSync } from "node:fs";
import { findPackageJSON } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** The absolute path of a module that a person names, a path or a package that is installed where they are (`from`, a directory); undefined where there is none. */
export function locateModule(name: string, from: string): string | undefined {
  const isPath = path.isAbsolute(name) || /^[.]{1,2}([\\/]|$)/.test(name);
  if (isPath) {
    const found = path.resolve(from, name);
    return statSync(found, { throwIfNoEntry: false }) ? found : undefined;
  }
  try {
    const manifest = findPackageJSON(name, pathToFileURL(path.join(from, "package.json")));
    return manifest === undefined ? undefined : path.dirname(manifest);
  } catch {
    return undefined;
  }
}
