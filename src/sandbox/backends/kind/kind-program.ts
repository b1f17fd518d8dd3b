import { execa, type Options } from "execa";
import { FlyteError } from "../../../std/errors.ts";
import { findKind } from "./find-kind.ts";

/** The kind program of this machine. */
export interface KindProgram {
  readonly path: string;
  /** `v0.33.0` */
  readonly version: string;
}

/** Finds kind and asks for its version. SANDBOX_KIND_MISSING says how to get it, SANDBOX_KIND_FAILED what is wrong with it. */
export async function openKind(env: Readonly<Record<string, string | undefined>>, dockerAddress: string): Promise<KindProgram> {
  const file = findKind(env);
  if (file === undefined) throw kindMissing();
  const text = await runKind({ path: file, version: "" }, ["version"], { dockerAddress });
  return { path: file, version: /v\d+\.\d+\.\d+\S*/.exec(text)?.[0] ?? text.trim() };
}

export function kindMissing(): FlyteError {
  return new FlyteError({
    code: "SANDBOX_KIND_MISSING",
    blame: "environment",
    message: "there is no kind on PATH",
    hint: "get it with: go install sigs.k8s.io/kind@latest, or: brew install kind (https://kind.sigs.k8s.io); without it: flyte sandbox start --backend embedded",
  });
}

export interface KindRun {
  readonly dockerAddress: string;
  /** Of the node's containers; the network that kind shares by default when absent. */
  readonly network?: string;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Called with every line it says on stderr, where it tells what it does. */
  readonly onLine?: (line: string) => void;
}

/** Runs kind and resolves with its output. SANDBOX_KIND_FAILED has the last lines of what it said; `signal`'s reason when it is aborted. */
export async function runKind(kind: KindProgram, args: readonly string[], run: KindRun): Promise<string> {
  const options = {
    env: {
      DOCKER_HOST: run.dockerAddress,
      KIND_EXPERIMENTAL_PROVIDER: "docker",
      ...(run.network !== undefined && { KIND_EXPERIMENTAL_DOCKER_NETWORK: run.network }),
    },
    reject: false,
    stripFinalNewline: false,
    ...(run.input === undefined ? { stdin: "ignore" } : { input: run.input }),
    // With a group of its own, so that the docker commands it has begun end with it.
    detached: process.platform !== "win32",
  } as const satisfies Options;
  run.signal?.throwIfAborted();
  const child = execa(kind.path, args, options);
  const end = (): void => endGroup(child);
  run.signal?.addEventListener("abort", end);
  if (run.onLine) {
    const { onLine } = run;
    void (async () => {
      for await (const line of child.iterable({ from: "stderr" })) onLine(line);
    })().catch(() => {
      // It ended; what it said is in the result.
    });
  }
  const result = await child;
  run.signal?.removeEventListener("abort", end);
  if (run.signal?.aborted) throw run.signal.reason;
  if (result.failed) {
    const said = `${result.stderr}${result.stdout}`.trimEnd().split("\n").slice(-20).join("\n");
    throw new FlyteError({
      code: "SANDBOX_KIND_FAILED",
      blame: "environment",
      message: `kind ${args.join(" ")} failed${said === "" ? `: ${result.shortMessage}` : `; its last lines were:\n${said}`}`,
      hint: "mend what it names and start again; --retain keeps the node, for docker logs and docker exec",
      details: { exitCode: result.exitCode ?? null },
      cause: result.cause,
    });
  }
  return result.stdout;
}

function endGroup(child: { readonly pid?: number | undefined; kill(signal: "SIGKILL"): boolean }): void {
  try {
    if (child.pid !== undefined && process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // All of it has ended.
  }
}
