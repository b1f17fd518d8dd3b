import { randomInt } from "node:crypto";
import path from "node:path";
import { packageRoot } from "../sandbox/package-files.ts";
import type { Endpoints } from "../sandbox/sandbox-event.ts";
import { ownCommand } from "./own-command.ts";
import { pythonEnvironment } from "./python-environment.ts";

/** The demonstration's own sandbox: no other deployment is ever touched. */
export const demoSandbox = "demo";

interface Registered {
  readonly items: readonly { readonly urn: string; readonly outcome: string }[];
}

export interface DemoNode {
  readonly nodeId: string;
  readonly phase: string;
  readonly cacheStatus: string | null;
  readonly durationSeconds: number | null;
}

export interface DemoExecution {
  readonly urn: string;
  readonly phase: string;
  readonly durationSeconds: number | null;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly nodes: readonly DemoNode[];
}

export interface Demo {
  readonly sandbox: Endpoints;
  readonly python: string;
  readonly registered: Registered["items"];
  readonly executions: readonly DemoExecution[];
  /** What to type next. */
  readonly next: readonly string[];
}

/** What a person sees while it happens: the command that is being run, and what it says. */
export interface DemoTell {
  command(line: string): void;
  progress(line: string): void;
}

/**
 * Brings the demonstration's sandbox up, registers the example, and launches it twice: the second time the cached steps are
 * not run. Everything is done by our own commands, shown as a person would type them. Throws what failed; what was reached
 * stays up.
 */
export async function runDemo(tell: DemoTell, portBase?: number): Promise<Demo> {
  const examples = path.join(packageRoot(), "examples");
  const program = path.join(examples, "housing.py");
  const flyte = <T>(args: readonly string[], shown = args): Promise<T> => {
    tell.command(`flyte ${shown.join(" ")}`);
    return ownCommand<T>(args, tell.progress);
  };
  // Its tasks run in an environment that is made on this machine.
  const start = [
    "sandbox",
    "start",
    "--backend",
    "embedded",
    "--name",
    demoSandbox,
    ...(portBase === undefined ? [] : ["--port-base", String(portBase)]),
  ];
  // Before Python, so that a machine without it sees this much.
  const early = await flyte<Endpoints>(start);
  const python = await pythonEnvironment(path.join(examples, "requirements.txt"), ["flytekit", "pandas", "pyarrow"], tell.progress);
  const sandbox = await withInterpreter(early, python.interpreter, start, flyte);

  const at = `--sandbox=${demoSandbox}`;
  const shownProgram = path.relative(process.cwd(), program);
  const register = ["register", program, "--python", python.interpreter, at];
  const { items } = await flyte<Registered>(register, ["register", shownProgram.startsWith("..") ? program : shownProgram, at]);
  // A seed of its own, so that the first launch finds nothing of an earlier demonstration in the cache.
  const launch = ["launch", "housing.house_prices", "--input", "rows=5000", "--input", `seed=${randomInt(1_000_000)}`, "--watch", at];
  const executions = [await flyte<DemoExecution>(launch), await flyte<DemoExecution>(launch)];
  const urn = executions[1]?.urn ?? "";
  return {
    sandbox,
    python: python.interpreter,
    registered: items,
    executions,
    next: [
      `flyte get execution ${urn} ${at}`,
      `flyte cache list ${at}`,
      `open ${sandbox.console}`,
      `flyte sandbox stop --name ${demoSandbox}`,
    ],
  };
}

/** The sandbox with that interpreter for its tasks; started anew when it runs with another one. */
async function withInterpreter(
  running: Endpoints,
  interpreter: string,
  start: readonly string[],
  flyte: <T>(args: readonly string[]) => Promise<T>,
): Promise<Endpoints> {
  const { hostConfigPython } = await import("../sandbox/host-config-python.ts");
  if ((await hostConfigPython(running.name)) === interpreter) return running;
  await flyte(["sandbox", "stop", "--name", running.name]);
  return flyte<Endpoints>([...start, "--python", interpreter]);
}
