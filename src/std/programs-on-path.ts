import path from "node:path";
import { isProgram } from "./is-program.ts";

/** The programs of that name in the directories of PATH, the one that a shell takes first. Directories that are not absolute are passed over. */
export function programsOnPath(name: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const directories = (env["PATH"] ?? "").split(path.delimiter).filter((directory) => path.isAbsolute(directory));
  return [...new Set(directories)].map((directory) => path.join(directory, name)).filter(isProgram);
}
