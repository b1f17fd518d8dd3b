import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";

const noFlytekit = 9;
const program = `import importlib.util, sys; sys.exit(0 if importlib.util.find_spec("flytekit") else ${noFlytekit})`;

/** What the daemon found out about the interpreter of its tasks, in the background. */
export interface PythonStatus {
  readonly interpreter: string | null;
  readonly python: string | null;
  readonly flytekit: string | null;
}

/** A look at an interpreter that nobody waits for. */
export interface FlytekitLook {
  /** Whether it is known by now that flytekit is missing. */
  readonly isMissing: boolean;
  /** What is not known by now will not be. */
  end(): void;
}

/** Looks for flytekit in an interpreter, in a process beside this one; at what the last daemon found out of it first. */
export async function lookForFlytekit(interpreter: string, dataDir: string): Promise<FlytekitLook> {
  const known = await pythonStatus(dataDir);
  if (known?.interpreter === interpreter && known.python !== null) return { isMissing: known.flytekit === null, end: () => undefined };
  let code: number | null = null;
  const child = spawn(interpreter, ["-c", program], { stdio: "ignore" });
  child.once("error", () => undefined);
  child.once("exit", (status) => (code = status));
  return {
    get isMissing() {
      return code === noFlytekit;
    },
    end: () => {
      child.unref();
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    },
  };
}

/** What the daemon of a data directory found out of its interpreter; null before it did. */
export async function pythonStatus(dataDir: string): Promise<PythonStatus | null> {
  try {
    return JSON.parse(await readFile(path.join(dataDir, "python.json"), "utf8")) as PythonStatus;
  } catch {
    return null;
  }
}
