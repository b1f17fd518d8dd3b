import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename, delimiter, isAbsolute, join, resolve } from "node:path";
import { FlyteError } from "../../std/errors.ts";

/** The file that `program` means on `path` (as in $PATH) or below `cwd`. FlyteError when there is none. */
export async function resolveProgram(program: string, path: string, cwd: string, interpreter: string): Promise<string> {
  const candidates = program.includes("/")
    ? [isAbsolute(program) ? program : resolve(cwd, program)]
    : path
        .split(delimiter)
        .filter((directory) => directory !== "")
        .map((directory) => join(directory, program));
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate;
  // Systems without a plain `python` have a python3 all the same.
  if (program === "python" || program === "python3") return interpreter;
  const flytekit = basename(program).startsWith("pyflyte-");
  throw new FlyteError({
    code: "PROGRAM_NOT_FOUND",
    blame: "environment",
    message: `program ${JSON.stringify(program)} was not found`,
    hint: flytekit
      ? `install flytekit for the tasks' Python: ${interpreter} -m pip install flytekit (or name another one with --python)`
      : "local tasks run on this machine, not in their image: install the program and see that it is on PATH",
  });
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
