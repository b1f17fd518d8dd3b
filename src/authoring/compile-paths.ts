import { compileEntities } from "./compile-entities.ts";
import type { CompiledEntity } from "./compile-entities.ts";
import { loadPaths } from "./load-paths.ts";
import { choosePython } from "./python-interpreter.ts";

export interface CompileOptions {
  readonly project: string;
  readonly domain: string;
  readonly version?: string | undefined;
  readonly python?: string | undefined;
  readonly images: readonly string[];
  /** Of this process: it chooses the interpreter, and Python inherits it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Loads what lies at the paths, and compiles it without a deployment. Throws FlyteError for what cannot be loaded. */
export async function compilePaths(
  paths: readonly string[],
  options: CompileOptions,
): Promise<{ readonly compiled: readonly CompiledEntity[]; readonly version: string | null }> {
  const { version, environment, progress, signal, project, domain, images } = options;
  const { entities, version: made } = await loadPaths(
    {
      paths,
      project,
      domain,
      images,
      ...(version !== undefined && { version }),
      python: choosePython(options.python, environment),
      copy: "auto",
      destinationDir: ".",
      env: {},
    },
    { environment, progress, onPythonOutput: progress, signal, placeCode: async ({ name }) => `s3://not-uploaded/${name}` },
  );
  return { compiled: compileEntities(entities), version: made };
}
