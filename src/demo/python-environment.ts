import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../std/clock.ts";
import { makeDirectory } from "../std/make-directory.ts";
import { FlyteError } from "../std/errors.ts";
import { PipProgress } from "./pip-progress.ts";

export interface PythonEnvironment {
  readonly interpreter: string;
  readonly made: "active" | "kept" | "new";
}

/**
 * The active environment when it has what `requirementsFile` names (by module), else a private one below ~/.flyte/python,
 * made on first use. Throws PYTHON_NOT_FOUND or PYTHON_ENVIRONMENT_FAILED with what is missing.
 */
export async function pythonEnvironment(
  requirementsFile: string,
  modules: readonly string[],
  tell: (line: string) => void,
): Promise<PythonEnvironment> {
  const active = process.env["FLYTE_PYTHON"] ?? (process.env["VIRTUAL_ENV"] && path.join(process.env["VIRTUAL_ENV"], "bin/python"));
  if (active && (await runs(active, `import ${modules.join(", ")}`))) return { interpreter: active, made: "active" };
  const key = createHash("sha256").update(readFileSync(requirementsFile)).digest("hex").slice(0, 12);
  const directory = path.join(os.homedir(), ".flyte", "python", `demo-${key}`);
  const interpreter = path.join(directory, "bin/python");
  if (existsSync(interpreter)) return { interpreter, made: "kept" };

  const base = await findPython();
  tell(`Setting up Python in ${directory} with what ${requirementsFile} names (once; about a minute)`);
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await makeDirectory(path.dirname(directory));
  // Environments know their own path: made under their final name, and marked by a rename of the old one away on failure.
  try {
    await mustRun(base, ["-m", "venv", directory]);
    await install(interpreter, requirementsFile, tell);
  } catch (error) {
    await rename(directory, unfinished).catch(() => undefined);
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  return { interpreter, made: "new" };
}

async function findPython(): Promise<string> {
  for (const name of ["python3", "python3.13", "python3.12", "python3.11", "python3.10"]) {
    if (await runs(name, "import sys, venv, ensurepip; assert sys.version_info >= (3, 10)")) return name;
  }
  throw new FlyteError({
    code: "PYTHON_NOT_FOUND",
    blame: "environment",
    message: "there is no Python of at least 3.10 with the venv module on PATH, so no task can run",
    hint: "install one (Debian: apt-get install python3 python3-venv; macOS: brew install python), then run: flyte demo",
  });
}

function runs(program: string, code: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, ["-c", code], { timeout: 60_000 }, (error) => resolve(error === null));
  });
}

async function install(interpreter: string, requirementsFile: string, tell: (line: string) => void): Promise<void> {
  const progress = new PipProgress(systemClock.now());
  const say = (line: string | undefined): void => {
    if (line !== undefined) tell(line);
  };
  let cancel = (): void => undefined;
  const beat = (): void => {
    say(progress.beat(systemClock.now()));
    cancel = systemClock.at(systemClock.now() + 1000, beat);
  };
  beat();
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-input", "-r", requirementsFile];
  try {
    await mustRun(interpreter, pip, (line) => say(progress.line(line, systemClock.now())));
  } finally {
    cancel();
  }
}

function mustRun(program: string, args: readonly string[], onLine?: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => (output = (output + chunk).slice(-4000)));
    if (onLine) createInterface({ input: child.stdout }).on("line", onLine);
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(failed(program, args, output))));
  });
}

function failed(program: string, args: readonly string[], output: string): FlyteError {
  return new FlyteError({
    code: "PYTHON_ENVIRONMENT_FAILED",
    blame: "environment",
    message: `${program} ${args.join(" ")} failed:\n${output.trim()}`,
    hint: "activate an environment that has flytekit, pandas and pyarrow, then run: flyte demo",
  });
}
