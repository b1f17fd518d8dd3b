import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { ComputeDirectory } from "../../ports/compute-backend.ts";
import { FlyteError } from "../../std/errors.ts";
import type { LocalAttemptFiles, LocalSpec } from "./local-attempt-files.ts";
import type { CodeCache } from "./code-cache.ts";
import { parseFastExecute, withDistribution } from "./fast-execute.ts";
import { chooseInterpreter, type Interpreter, type InterpreterRule } from "./interpreter.ts";
import type { LaunchRequest } from "./launcher.ts";
import { resolveProgram } from "./resolve-program.ts";
import { resolveSecrets } from "../machinery/secrets-file.ts";

export interface LaunchSettings {
  readonly interpreter: Interpreter | undefined;
  readonly interpreterRules: readonly InterpreterRule[];
  readonly secretsFile: string | undefined;
  /** Variables every task finds; PATH and HOME among them. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Where tasks without fetched code run; undefined for their scratch directory. */
  readonly workingDirectory: string | undefined;
  readonly code: CodeCache;
  readonly graceSeconds: number;
  readonly logLimit: number;
  readonly logTail: number;
}

/** The variable by which an attempt's processes are found. */
const markerVariable = "FLYTE_LOCAL_ATTEMPT";

/** What every Python of tasks finds. */
export function interpreterEnv(interpreter: Interpreter, settings: Pick<LaunchSettings, "baseEnv">): Record<string, string> {
  return {
    ...settings.baseEnv,
    PATH: [dirname(interpreter.path), settings.baseEnv["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"].join(delimiter),
    // Print statements show up while the task runs.
    PYTHONUNBUFFERED: "1",
  };
}

/** Resolves all that a task needs on this machine. FlyteError, for people, when it cannot run here. */
export async function prepareLaunch(accepted: LocalSpec, files: LocalAttemptFiles, settings: LaunchSettings): Promise<LaunchRequest> {
  const { spec } = accepted;
  const interpreter = chooseInterpreter(
    { image: spec.image, project: spec.labels["project"] ?? "" },
    settings.interpreterRules,
    settings.interpreter,
  );
  if (!interpreter) {
    throw new FlyteError({
      code: "NO_PYTHON",
      blame: "environment",
      message: "no Python interpreter is known for local tasks",
      hint: "name one that has flytekit: --python PATH",
    });
  }
  await mkdir(accepted.scratch, { recursive: true, mode: 0o700 });
  const secrets = await resolveSecrets(spec.secrets, settings.secretsFile, files.secrets);
  for (const [file, value] of secrets.files) {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, value, { mode: 0o600 });
  }
  const env: Record<string, string> = {
    ...interpreterEnv(interpreter, settings),
    TMPDIR: accepted.scratch,
    ...secrets.variables,
    ...spec.env,
    [markerVariable]: accepted.marker,
  };
  const fast = parseFastExecute(spec.command);
  let command = fast ? fast.command : spec.command;
  let cwd = settings.workingDirectory ?? accepted.scratch;
  if (fast?.distribution !== undefined) {
    cwd = await settings.code.get(fast.distribution);
    command = withDistribution(command, fast.distribution, cwd);
    env["PYTHONPATH"] = env["PYTHONPATH"] === undefined ? cwd : `${env["PYTHONPATH"]}${delimiter}${cwd}`;
  }
  const first = command[0];
  if (!first) {
    throw new FlyteError({
      code: "NO_COMMAND",
      blame: "usage",
      message: "the task has no command, and the local backend does not read its image",
      hint: "give the container a command or args",
    });
  }
  return {
    directory: files.directory,
    interpreter: interpreter.path,
    program: await resolveProgram(first, env["PATH"] ?? "", cwd, interpreter.path),
    argv: [...command],
    cwd,
    env,
    privateNames: ["TMPDIR", markerVariable, ...Object.keys(secrets.variables)],
    marker: accepted.marker,
    scratch: accepted.scratch,
    ...(await mountsOf(spec.directories ?? [], join(files.directory, "staging"))),
    ...(spec.timeoutSeconds === undefined ? {} : { timeoutSeconds: spec.timeoutSeconds }),
    graceSeconds: settings.graceSeconds,
    logLimit: settings.logLimit,
    logTail: settings.logTail,
  };
}

const mountsHint =
  "run tasks in containers, flyte sandbox start --compute docker, or on a cluster, --backend kind; here they need Linux, and the right to make namespaces of their own";

async function mountsOf(
  directories: readonly ComputeDirectory[],
  staging: string,
): Promise<Pick<LaunchRequest, "mounts" | "staging" | "mountsHint">> {
  if (directories.length === 0) return {};
  if (process.platform !== "linux") {
    throw new FlyteError({
      code: "NO_MOUNTS",
      blame: "environment",
      message: "a task whose inputs and outputs are files (ContainerTask) cannot run as a process of this machine, which is not Linux",
      hint: mountsHint,
    });
  }
  await mkdir(staging, { recursive: true, mode: 0o700 });
  return { mounts: directories.map(({ host, path, isOutput }) => ({ source: host, target: path, isOutput })), staging, mountsHint };
}
