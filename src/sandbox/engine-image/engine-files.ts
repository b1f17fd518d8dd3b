import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { FlyteError } from "../../std/errors.ts";
import type { ImageFile } from "./image-file.ts";

const home = "opt/flyte";
/** What runs: bundles with all they need in them, and their notices. Nothing is installed in the image. */
const parts: readonly string[] = ["LICENSE", "bin", "dist", "oclif.manifest.json", "package.json"];
const program = "bin/run.js";

/**
 * The files of the package at `root` as they lie in the engine's image, sorted by name, and the command `flyte` on its PATH.
 * Throws ENGINE_IMAGE_NOT_BUILT in a checkout without bundles.
 */
export async function engineFiles(root: string): Promise<readonly ImageFile[]> {
  const names: string[] = [];
  for (const part of parts) names.push(...(await filesAt(root, part)));
  const files: ImageFile[] = [];
  for (const name of names.sort()) {
    const content = await readFile(path.join(root, name));
    files.push({ name: `${home}/${name}`, content, executable: name === program });
  }
  return [...files, { name: "usr/local/bin/flyte", link: `/${home}/${program}` }];
}

async function filesAt(root: string, part: string): Promise<readonly string[]> {
  const at = path.join(root, part);
  const found = await stat(at).catch(() => undefined);
  if (!found) {
    throw new FlyteError({
      code: "ENGINE_IMAGE_NOT_BUILT",
      blame: "environment",
      message: `the engine's image is made of ${parts.join(", ")}, and there is no ${part} in ${root}`,
      hint: "in a checkout, make them first: npm run build",
      details: { missing: part },
    });
  }
  if (found.isFile()) return [part];
  const entries = await readdir(at, { recursive: true, withFileTypes: true });
  return (
    entries
      // What an interpreter of this machine has left beside what it ran is no part of the package.
      .filter((entry) => entry.isFile() && path.basename(entry.parentPath) !== "__pycache__")
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
  );
}
