import path from "node:path";

export interface PythonInterpreter {
  readonly path: string;
  /** What chose it, for messages: `--python`, `FLYTE_PYTHON`, `VIRTUAL_ENV` or `PATH`. */
  readonly source: "--python" | "FLYTE_PYTHON" | "VIRTUAL_ENV" | "PATH";
}

/** The Python that serialises: --python, then FLYTE_PYTHON, then the active virtual environment's, then python3 of PATH. */
export function choosePython(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): PythonInterpreter {
  if (flag) return { path: flag, source: "--python" };
  if (env["FLYTE_PYTHON"]) return { path: env["FLYTE_PYTHON"], source: "FLYTE_PYTHON" };
  if (env["VIRTUAL_ENV"]) return { path: path.join(env["VIRTUAL_ENV"], "bin", "python"), source: "VIRTUAL_ENV" };
  return { path: "python3", source: "PATH" };
}
