import type { Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../std/errors.ts";

export interface OutputFile {
  /** Where it lies, links followed. */
  readonly path: string;
  readonly stats: Stats;
}

/**
 * The file or directory a variable's output lies in: `<directory>/<name>`, or the only `<name>.*` there is. Rejects when there
 * is none, when it lies elsewhere (by a link), and for what is no file, whose reading might never end.
 * Flyte: flytecopilot/data/utils.go IsFileReadable.
 */
export async function outputFile(directory: string, name: string): Promise<OutputFile> {
  const wanted = path.join(directory, name);
  try {
    return await inside(directory, wanted);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code !== "ENOENT") throw code === undefined ? thrown : new Error(reasonOf(code, wanted, thrown), { cause: thrown });
    const others = (await readdir(directory).catch((): string[] => [])).filter((one) => one.startsWith(`${name}.`));
    const [only] = others;
    if (only !== undefined && others.length === 1) return await inside(directory, path.join(directory, only));
    throw new Error(`file not found at path [${wanted}]: stat ${wanted}: no such file or directory`, { cause: thrown });
  }
}

/** Resolves `file`, which must lead to a file or a directory in `directory`. */
export async function inside(directory: string, file: string): Promise<OutputFile> {
  const real = await realpath(file);
  const relative = path.relative(await realpath(directory), real);
  if (relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    throw new Error(`[${file}] is a link that leads out of the directory of outputs`);
  }
  const stats = await stat(real);
  if (!stats.isFile() && !stats.isDirectory()) throw new Error(`[${file}] is neither a file nor a directory`);
  return { path: real, stats };
}

function reasonOf(code: string, file: string, thrown: unknown): string {
  if (code === "EACCES" || code === "EPERM") return `unable to read file [${file}], Flyte does not have permissions: ${messageOf(thrown)}`;
  return `failed to read file: ${messageOf(thrown)}`;
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
}
