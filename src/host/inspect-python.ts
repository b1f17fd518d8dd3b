import { execFile } from "node:child_process";
import { rename, writeFile } from "node:fs/promises";
import path from "node:path";

const program = `
import json, platform
from importlib import metadata
try:
    flytekit = metadata.version("flytekit")
except metadata.PackageNotFoundError:
    flytekit = None
print(json.dumps({"python": platform.python_version(), "flytekit": flytekit}))
`;

/** Finds out what the interpreter of tasks has, too slow to wait for at start, and leaves it in python.json for `sandbox status`. */
export async function inspectPython(interpreter: string | undefined, dataDir: string): Promise<void> {
  const found = interpreter === undefined ? {} : await ask(interpreter);
  const file = path.join(dataDir, "python.json");
  await writeFile(`${file}.new`, JSON.stringify({ interpreter: interpreter ?? null, python: null, flytekit: null, ...found }));
  await rename(`${file}.new`, file);
}

function ask(interpreter: string): Promise<object> {
  return new Promise((resolve) => {
    execFile(interpreter, ["-c", program], { timeout: 20_000 }, (error, stdout) => resolve(error ? {} : parse(stdout)));
  });
}

function parse(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
