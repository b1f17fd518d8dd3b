import { createHash } from "node:crypto";
import { basename, delimiter, dirname } from "node:path";
import type { LaunchRequest } from "./launcher.ts";

/** What an attempt needs of a warm interpreter. */
export interface WarmPlan {
  readonly interpreter: string;
  /** Of the program; first of the places modules are imported from. */
  readonly bin: string;
  /** Variables that the interpreter or flytekit reads when it starts: one base serves one set of them. */
  readonly startEnv: Readonly<Record<string, string>>;
  /** Protocols of the places that flytekit opens before the task's code, which imports libraries. */
  readonly protocols: readonly string[];
  readonly baseKey: string;
  /** Entries of PYTHONPATH. */
  readonly paths: readonly string[];
  /** What may be imported before the attempt; undefined when only flytekit may. */
  readonly code: WarmCode | undefined;
}

/** One version of a task's code, as its module finds itself imported. */
export interface WarmCode {
  readonly key: string;
  readonly module: string;
  readonly cwd: string;
  /** The variables that are equal in all attempts of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly private: readonly string[];
  /** Where the code came from, for flytekit. */
  readonly distribution: { readonly uri: string | null; readonly directory: string | null };
}

type Planned = Pick<LaunchRequest, "program" | "argv" | "cwd" | "env" | "privateNames">;

const programs = new Set(["pyflyte-execute", "pyflyte-map-execute"]);

/** Read by the interpreter, the C library or flytekit before a line of the task's code runs. PYTHONPATH is applied by us. */
const startName =
  /^(?:PYTHON(?!PATH$).*|(?:LD|LC|MALLOC|GLIBC)_.*|LANG|LANGUAGE|TZ|TZDIR|HOME|PATH|FLYTE_SDK_(?!LOCAL_SANDBOX$).*|_F_P_WRITE_CHUNK_SIZE|_F_TE_MAX_COROS)$/;

/** Variables that differ between attempts of one version of the code; Python reads this expression too. */
export const attemptOnly =
  "FLYTE_INTERNAL_EXECUTION_(?:ID|WORKFLOW|LAUNCHPLAN)|FLYTE_INTERNAL_TASK_NAME|FLYTE_INTERNAL_NAME|FLYTE_ATTEMPT_NUMBER|FLYTE_LOCAL_ATTEMPT|FLYTE_SECRETS_.*" +
  "|_F_(?:NM|WF|LP|TK_NM)|_FSEC_.*|FLYTE_K8S_ARRAY_INDEX|BATCH_JOB_ARRAY_INDEX_.*|TMPDIR";

const attemptOnlyName = new RegExp(`^(?:${attemptOnly})$`);

/** The interpreter of a script's first line; undefined when it is no plain `#!/path/to/python`. */
export function interpreterOfScript(firstLine: string): string | undefined {
  return /^#!(\/\S*\/python[0-9.]*)$/.exec(firstLine)?.[1];
}

/** How a warm interpreter would serve the request; undefined when it is to start cold. `firstLine` is its program's. */
export function warmPlan(request: Planned, firstLine: string): WarmPlan | undefined {
  if (!programs.has(basename(request.program))) return undefined;
  const interpreter = interpreterOfScript(firstLine);
  if (interpreter === undefined) return undefined;
  // The task installs packages before it runs.
  if (request.env["_F_RUNTIME_PACKAGES"]) return undefined;
  const startEnv: Record<string, string> = {};
  for (const [name, value] of sorted(request.env)) if (startName.test(name)) startEnv[name] = value;
  const bin = dirname(request.program);
  const raw = /^([a-z][a-z0-9]*):\/\//.exec(option(request.argv, "--raw-output-data-prefix") ?? "")?.[1];
  const protocols = raw === undefined || raw === "file" ? [] : [raw];
  const path = request.env["PYTHONPATH"] ?? "";
  return {
    interpreter,
    bin,
    startEnv,
    protocols,
    baseKey: hash([interpreter, bin, startEnv, protocols]),
    paths: path === "" ? [] : path.split(delimiter),
    code: warmCode(request),
  };
}

function warmCode(request: Planned): WarmCode | undefined {
  const module = moduleOf(request.argv);
  // A working directory of the attempt's own cannot be there before it.
  if (module === undefined || request.cwd === request.env["TMPDIR"]) return undefined;
  const hidden = request.privateNames.filter((name) => !attemptOnlyName.test(name)).sort();
  const env: Record<string, string> = {};
  for (const [name, value] of sorted(request.env)) if (!hidden.includes(name) && !attemptOnlyName.test(name)) env[name] = value;
  const distribution = { uri: option(request.argv, "--dynamic-addl-distro"), directory: option(request.argv, "--dynamic-dest-dir") };
  const { cwd, program } = request;
  return { key: hash([program, cwd, module, env, hidden, distribution]), module, cwd, env, private: hidden, distribution };
}

/** The module that flytekit's own resolvers import first; undefined for other resolvers, which may do anything. */
function moduleOf(argv: readonly string[]): string | undefined {
  const resolver = argv.indexOf("--resolver");
  if (resolver < 0 || !argv[resolver + 1]?.startsWith("flytekit.")) return undefined;
  const nested = argv.indexOf("resolver", resolver + 2);
  if (nested >= 0 && !argv[nested + 1]?.startsWith("flytekit.")) return undefined;
  const at = argv.indexOf("task-module", resolver + 2);
  return at < 0 ? undefined : argv[at + 1];
}

function option(argv: readonly string[], name: string): string | null {
  const at = argv.indexOf(name);
  return at < 0 ? null : (argv[at + 1] ?? null);
}

function sorted(env: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(env).sort(([left], [right]) => (left < right ? -1 : 1));
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
