import path from "node:path";
import { isProgram } from "../std/is-program.ts";
import { programsOnPath } from "../std/programs-on-path.ts";
import { FlyteError } from "../std/errors.ts";

/**
 * The Python that tasks run with: the one asked for, else FLYTE_PYTHON, else the active environment's, else python3 on
 * PATH; undefined when the machine has none. Only its existence is looked at. Throws PYTHON_NOT_FOUND for a named one
 * that cannot be run.
 */
export function chooseInterpreter(asked: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const named = asked ?? env["FLYTE_PYTHON"];
  if (named) {
    const found = named.includes("/") ? path.resolve(named) : programsOnPath(named, env)[0];
    if (found !== undefined && isProgram(found)) return found;
    throw new FlyteError({
      code: "PYTHON_NOT_FOUND",
      blame: "environment",
      message: `there is no Python to run at ${named}`,
      hint: "name an interpreter with --python, e.g. --python ./venv/bin/python, or activate an environment first",
      details: { python: named },
    });
  }
  const active = env["VIRTUAL_ENV"] ?? env["CONDA_PREFIX"];
  if (active && isProgram(path.join(active, "bin/python"))) return path.join(active, "bin/python");
  return programsOnPath("python3", env)[0];
}
