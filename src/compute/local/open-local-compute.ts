import { mkdir, readdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { ComputeBackend } from "../../ports/compute-backend.ts";
import type { Clock } from "../../std/clock.ts";
import type { Random } from "../../std/random.ts";
import { CodeCache } from "./code-cache.ts";
import { coldLauncher } from "./cold-launcher.ts";
import type { Interpreter, InterpreterRule } from "./interpreter.ts";
import type { Launcher } from "./launcher.ts";
import { LocalCompute, type LocalComputeLog } from "./local-compute.ts";

export interface LocalComputeOptions {
  /** Of this backend alone, made when absent. One process at a time may have it open. */
  readonly directory: string;
  /** The Python of tasks; without one every attempt is refused with a hint. */
  readonly interpreter: Interpreter | undefined;
  readonly interpreterRules?: readonly InterpreterRule[];
  /** Attempts at a time. */
  readonly slots: number;
  /** Bytes for all attempts together; memory is not counted when absent. */
  readonly memory?: number;
  /** YAML, `group: {key: value}`; read when needed, need not exist. */
  readonly secretsFile?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Directory of unpacked code. */
  readonly codeCache: string;
  readonly fetchCode: (uri: string) => Promise<AsyncIterable<Uint8Array>>;
  readonly logger: LocalComputeLog;
  /** What every task finds in its environment; PATH, HOME and LANG have defaults. */
  readonly baseEnv?: Readonly<Record<string, string>>;
  /** Where tasks whose code is not fetched run; an empty directory of their own when absent. */
  readonly workingDirectory?: string;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly graceSeconds?: number;
  /** Bytes of a log's beginning that are kept, and of its end. */
  readonly logLimit?: number;
  readonly logTail?: number;
  /** How tasks are started; a new interpreter each when absent. */
  readonly launcher?: Launcher;
}

/** Attempts as processes of this machine, surviving restarts of this one: what an earlier one left is taken up. */
export async function openLocalCompute(options: LocalComputeOptions): Promise<ComputeBackend & Pick<LocalCompute, "endAll" | "close">> {
  const attempts = join(options.directory, "attempts");
  await mkdir(attempts, { recursive: true, mode: 0o700 });
  const code = new CodeCache(options.codeCache, options.fetchCode, options.random);
  await code.open();
  const compute = new LocalCompute({
    directory: attempts,
    scratchRoot: tmpdir(),
    slots: Math.max(1, options.slots),
    memory: options.memory,
    clock: options.clock,
    random: options.random,
    launcher: options.launcher ?? coldLauncher,
    log: options.logger,
    launch: {
      interpreter: options.interpreter,
      interpreterRules: options.interpreterRules ?? [],
      secretsFile: options.secretsFile,
      baseEnv: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: homedir(), LANG: "C.UTF-8", ...options.baseEnv },
      workingDirectory: options.workingDirectory,
      code,
      graceSeconds: options.graceSeconds ?? 3,
      logLimit: options.logLimit ?? 64 << 20,
      logTail: options.logTail ?? 1 << 20,
    },
  });
  await compute.adopt(await readdir(attempts));
  return compute;
}
