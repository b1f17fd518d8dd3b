import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { FlyteError } from "../std/errors.ts";
import { chooseInterpreter } from "../sandbox/interpreter.ts";
import { ok, problem, warning } from "./check.ts";
import type { Check, Environment } from "./check.ts";

const program = `
import json, platform
from importlib import metadata
try:
    flytekit = metadata.version("flytekit")
except metadata.PackageNotFoundError:
    flytekit = None
print(json.dumps([platform.python_version(), flytekit]))
`;

/** The Python that registers and runs tasks when none is named, and its flytekit. */
export async function checkPython(environment: Environment): Promise<Check> {
  let interpreter: string | undefined;
  try {
    interpreter = chooseInterpreter(undefined, environment);
  } catch (error) {
    if (!(error instanceof FlyteError)) throw error;
    return problem("python", `${error.message} (from FLYTE_PYTHON)`, "correct or unset FLYTE_PYTHON");
  }
  if (interpreter === undefined)
    return warning("python", "none: Python tasks cannot be registered or run", "install python3, or set FLYTE_PYTHON");
  const answer = await versions(interpreter);
  if (!answer) return problem("python", `${interpreter} does not run`, "name another with FLYTE_PYTHON, or activate an environment");
  const [python, flytekit] = answer;
  return flytekit === null
    ? warning(
        "python",
        `${python} (${interpreter}) without flytekit`,
        `install it: ${interpreter} -m pip install flytekit; or activate an environment that has it`,
      )
    : ok("python", `${python} (${interpreter}), flytekit ${flytekit}`);
}

async function versions(interpreter: string): Promise<readonly [python: string, flytekit: string | null] | undefined> {
  try {
    const { stdout } = await promisify(execFile)(interpreter, ["-c", program], { timeout: 20_000 });
    return JSON.parse(stdout) as [string, string | null];
  } catch {
    return undefined;
  }
}
