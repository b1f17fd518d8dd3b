import { mkdir, readdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ComputeBackend } from "../../ports/compute-backend.ts";
import type { Clock } from "../../std/clock.ts";
import type { Random } from "../../std/random.ts";
import { CodeCache } from "./code-cache.ts";
import { coldLauncher } from "./cold-launcher.ts";
import type { Interpreter, InterpreterRule } from "./interpreter.ts";
import { LocalCompute, type LocalComputeLog } from "./local-compute.ts";
import { interpreterEnv } from "./prepare-launch.ts";
import { pruneLogs } from "../machinery/prune-logs.ts";
import { defaultRetention, type Retention } from "../machinery/retention.ts";
import { WarmLauncher } from "./warm-launcher.ts";

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
  /** Whether flytekit's tasks are forked from interpreters that are kept warm; off when absent, and elsewhere than on Linux. */
  readonly warm?: boolean;
  /** Milliseconds without a task after which a warm interpreter leaves. */
  readonly warmIdleMs?: number;
  /** Versions of code that one warm interpreter keeps imported. */
  readonly warmVersions?: number;
  /** What differs from the default. */
  readonly retention?: Partial<Retention>;
}

/** From the start to the first look at what is kept for too long, which should keep nobody waiting; and between two, in milliseconds. */
const firstPrune = 30_000;
const pruneInterval = 6 * 3_600_000;

export interface LocalBackend extends ComputeBackend, Pick<LocalCompute, "endAll" | "close" | "hasLog"> {
  /** Begins to warm the interpreter of tasks, if any is to be; tasks need not wait for it. */
  warmUp(): Promise<void>;
}

/** Attempts as processes of this machine, surviving restarts of this one: what an earlier one left is taken up. */
export async function openLocalCompute(options: LocalComputeOptions): Promise<LocalBackend> {
  const attempts = join(options.directory, "attempts");
  await mkdir(attempts, { recursive: true, mode: 0o700 });
  const code = new CodeCache(options.codeCache, options.fetchCode, options.random, options.clock);
  await code.open();
  const baseEnv = { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: homedir(), LANG: "C.UTF-8", ...options.baseEnv };
  const warm =
    options.warm && process.platform === "linux"
      ? new WarmLauncher(coldLauncher, {
          clock: options.clock,
          log: options.logger,
          idleMs: options.warmIdleMs ?? 300_000,
          versions: options.warmVersions ?? 6,
        })
      : undefined;
  const compute = new LocalCompute({
    directory: attempts,
    scratchRoot: tmpdir(),
    slots: Math.max(1, options.slots),
    memory: options.memory,
    clock: options.clock,
    random: options.random,
    launcher: warm ?? coldLauncher,
    log: options.logger,
    launch: {
      interpreter: options.interpreter,
      interpreterRules: options.interpreterRules ?? [],
      secretsFile: options.secretsFile,
      baseEnv,
      workingDirectory: options.workingDirectory,
      code,
      graceSeconds: options.graceSeconds ?? 3,
      logLimit: options.logLimit ?? 64 << 20,
      logTail: options.logTail ?? 1 << 20,
    },
  });
  await compute.adopt(await readdir(attempts));
  const retention = { ...defaultRetention, ...options.retention };
  const prune = async (): Promise<void> => {
    await pruneLogs(attempts, (name) => compute.knows(name), retention, options.clock.now());
    await code.prune(() => compute.codeInUse(), { bytes: retention.codeBytes, age: retention.codeAge });
  };
  compute.whenever(firstPrune, pruneInterval, prune);
  const { interpreter } = options;
  return Object.assign(compute, {
    async warmUp() {
      if (!interpreter || !warm) return;
      const program = join(dirname(interpreter.path), "pyflyte-execute");
      await warm.warm(program, ["--raw-output-data-prefix", "s3://"], interpreterEnv(interpreter, { baseEnv }));
    },
  });
}
