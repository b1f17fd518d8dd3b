import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock } from "../std/clock.ts";
import { FlyteError, messageOf } from "../std/errors.ts";
import { entityOf } from "./entity.ts";
import type { Entity } from "./entity.ts";
import { pythonError } from "./python-error.ts";
import type { PythonInterpreter } from "./python-interpreter.ts";
import type { PythonMessage } from "./python-messages.ts";

const patienceMs = 2000;

export interface PythonProgram {
  readonly paths: readonly string[];
  readonly project: string;
  readonly domain: string;
  readonly version?: string;
  /** `name=uri` or `uri` (the default image). */
  readonly images: readonly string[];
  /** Which files go with the code: those of imported modules, all under the root, or none (they are in the image). */
  readonly copy: "auto" | "all" | "none";
  readonly destinationDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  readonly rawDataPrefix?: string;
}

export interface LoadedProgram {
  /** Given, or the digest of code and settings. */
  readonly version: string;
  readonly root: string;
  /** The code as .tar.gz; null with copy "none". */
  readonly archive: { readonly name: string; readonly bytes: Uint8Array } | null;
  /** The entities, complete; `distribution` is where the archive was put. Once only. */
  finish(distribution: string | null): Promise<Entity[]>;
}

export interface ProgramOptions {
  /** Of the Python process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly onOutput?: (line: string) => void;
}

/**
 * Loads the user's modules in their own Python, with all mistakes found, and keeps it waiting for the place of the code; gives
 * both to `use`, and ends Python and removes its files when that returns. `onOutput` gets what the modules print, line by line.
 */
export async function withPythonProgram<T>(
  python: PythonInterpreter,
  program: PythonProgram,
  options: ProgramOptions,
  use: (loaded: LoadedProgram) => Promise<T>,
): Promise<T> {
  const output = await mkdtemp(path.join(tmpdir(), "flyte-register-"));
  try {
    return await withOutput(output, python, program, options, use);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

async function withOutput<T>(
  output: string,
  python: PythonInterpreter,
  program: PythonProgram,
  options: ProgramOptions,
  use: (loaded: LoadedProgram) => Promise<T>,
): Promise<T> {
  const script = fileURLToPath(new URL("../authoring/serialize.py", import.meta.url));
  const child = spawn(python.path, ["-u", script], {
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    env: { ...options.environment, PYTHONDONTWRITEBYTECODE: "1" },
  });
  let failed: Error | undefined;
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      failed = error;
      resolve(null);
    });
    // What the modules started may hold the pipes long after.
    let cancel = (): void => undefined;
    child.once("exit", (code) => (cancel = systemClock.at(systemClock.now() + patienceMs, () => resolve(code))));
    child.once("close", (code) => {
      cancel();
      resolve(code);
    });
  });
  let printed = "";
  const keep = (line: string): void => {
    printed = `${printed}${line}\n`.slice(-8192);
    options.onOutput?.(line);
  };
  for (const input of [child.stdout, child.stderr]) if (input) createInterface({ input }).on("line", keep);
  const orders = child.stdio[4] as Writable;
  // It may end before it is told anything; the answer below says why.
  orders.on("error", () => undefined);
  const { paths, project, domain, version, images, copy, destinationDir, env, serviceAccount, rawDataPrefix } = program;
  const settings = { paths, project, domain, version, images, copy, destinationDir, env, serviceAccount, rawDataPrefix, output };
  orders.write(`${JSON.stringify(settings)}\n`);
  const messages = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();

  // Python may go on whatever it is told; nobody waits for its next word.
  const over = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const { signal } = options;
    if (signal?.aborted) reject(signal.reason as Error);
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { signal: over.signal });
  });
  aborted.catch(() => undefined);

  const next = async <Event extends PythonMessage["event"]>(event: Event): Promise<Extract<PythonMessage, { event: Event }>> => {
    const line = await Promise.race([messages.next(), aborted]);
    if (line.done) throw await died();
    const message = JSON.parse(line.value) as PythonMessage;
    if (message.event === "error") throw pythonError(message, python);
    if (message.event !== event) throw new Error(`serialize.py said ${message.event} instead of ${event}`);
    return message as Extract<PythonMessage, { event: Event }>;
  };
  const died = async (): Promise<unknown> => {
    const code = await ended;
    return new FlyteError({
      code: "PYTHON_UNUSABLE",
      blame: "environment",
      message: failed
        ? `cannot run Python at ${python.path} (from ${python.source}): ${messageOf(failed)}`
        : `Python at ${python.path} ended with code ${code} before it was done:\n${printed.trim()}`,
      hint: "choose an interpreter that has flytekit with --python, FLYTE_PYTHON or an active virtual environment",
      details: { python: python.path, source: python.source },
      ...(failed ? { cause: failed } : {}),
    });
  };

  try {
    const ready = await next("ready");
    const archive = ready.archive === null ? null : { name: path.basename(ready.archive), bytes: await readFile(ready.archive) };
    return await use({
      version: ready.version,
      root: ready.root,
      archive,
      async finish(distribution) {
        orders.write(`${JSON.stringify({ distribution, version: ready.version })}\n`);
        const { entities } = await next("done");
        return Promise.all(
          entities.map(async ({ file, kind, activate }) =>
            entityOf(await readFile(path.join(output, file)), { kind, activate, source: `${kind} of ${ready.root}` }),
          ),
        );
      },
    });
  } finally {
    over.abort();
    orders.end();
    child.kill();
    // The modules may have a handler for SIGTERM.
    const leave = systemClock.at(systemClock.now() + patienceMs, () => child.kill("SIGKILL"));
    await ended;
    leave();
    for (const stream of child.stdio) stream?.destroy();
  }
}
