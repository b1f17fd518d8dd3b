import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { FlyteError } from "../std/errors.ts";
import { asksForCode, completeEntity } from "./complete-entity.ts";
import { entityOf, kindOfFileName } from "./entity.ts";
import type { Entity } from "./entity.ts";
import type { PythonInterpreter } from "./python-interpreter.ts";
import { isPackage, readPackage } from "./read-package.ts";
import { withPythonProgram } from "./serialize-python.ts";
import type { PythonProgram } from "./serialize-python.ts";

export interface LoadRequest extends PythonProgram {
  /** Python files and packages, archives of `pyflyte package`, .pb files. */
  readonly paths: readonly string[];
  readonly python: PythonInterpreter;
}

export interface LoadTools {
  /** Hears where entities will belong, each project and domain once, before any program is loaded. */
  readonly checkScopes?: (scopes: readonly Scope[]) => Promise<void>;
  /** Says where tasks will find the code. */
  readonly placeCode: (code: Code) => Promise<string>;
  readonly progress: (line: string) => void;
  readonly onPythonOutput?: (line: string) => void;
  /** Of the Python process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface Scope {
  readonly project: string;
  readonly domain: string;
}

export interface Code {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface LoadedEntities {
  /** Complete: with ids, and the place of the code. */
  readonly entities: readonly Entity[];
  /** Of what was serialised now, or filled into packages. */
  readonly version: string | null;
}

/** Entities that share a version and a code archive. */
interface Batch {
  readonly version: string;
  readonly code: Code | undefined;
  readonly entities: readonly Entity[];
}

/** All that lies at the paths, read, loaded and completed. Throws FlyteError for what cannot be. */
export async function loadPaths(request: LoadRequest, tools: LoadTools): Promise<LoadedEntities> {
  const { python, batches } = await readPaths(request);
  await tools.checkScopes?.(scopesOf(request, python, batches));
  const loaded = python.length === 0 ? undefined : await loadPython(request, tools, python);
  const entities = [...(loaded?.entities ?? [])];
  for (const batch of batches) {
    const distribution = batch.code && batch.entities.some(asksForCode) ? await tools.placeCode(batch.code) : undefined;
    const completion = { ...request, version: batch.version, ...(distribution === undefined ? {} : { distribution }) };
    entities.push(...batch.entities.map((entity) => completeEntity(entity, completion)));
  }
  return { entities, version: loaded?.version ?? batches[0]?.version ?? null };
}

function loadPython(request: LoadRequest, tools: LoadTools, paths: readonly string[]): Promise<LoadedEntities> {
  tools.progress(`loading ${paths.join(", ")} with ${request.python.path} (${request.python.source})`);
  const { signal, environment, onPythonOutput: onOutput } = tools;
  return withPythonProgram(
    request.python,
    { ...request, paths },
    { environment, ...(signal ? { signal } : {}), ...(onOutput ? { onOutput } : {}) },
    async (loaded) => {
      const distribution = loaded.archive && (await tools.placeCode(loaded.archive));
      return { entities: await loaded.finish(distribution), version: loaded.version };
    },
  );
}

/** All that will be registered into, each once. */
function scopesOf({ project, domain }: LoadRequest, python: readonly string[], batches: readonly Batch[]): Scope[] {
  const ids = batches.flatMap(({ entities }) =>
    entities.map(({ id }) => ({ project: id.project || project, domain: id.domain || domain })),
  );
  const scopes = [...(python.length > 0 ? [{ project, domain }] : []), ...ids];
  return [...new Map(scopes.map((scope) => [`${scope.project}:${scope.domain}`, scope])).values()];
}

async function readPaths(request: LoadRequest): Promise<{ python: string[]; batches: Batch[] }> {
  const python: string[] = [];
  const batches: Batch[] = [];
  const single: Entity[] = [];
  const digest = createHash("md5");
  for (const file of request.paths) {
    const found = await stat(file).catch(() => undefined);
    if (!found) throw unusable(file, "does not exist");
    if (found.isDirectory() || file.endsWith(".py")) python.push(file);
    else if (isPackage(file)) {
      const { entities, code } = await readPackage(file);
      if (!code && entities.some(asksForCode)) throw unusable(file, "asks for its code, which it does not hold");
      const version = request.version ?? versionOf(createHash("md5").update(code?.bytes ?? (await readFile(file))));
      batches.push({ version, code, entities });
    } else if (file.endsWith(".pb")) {
      const bytes = await readFile(file);
      const entity = entityOf(bytes, { kind: kindOfFileName(path.basename(file)), source: file });
      if (asksForCode(entity)) throw unusable(file, "asks for its code, which a single file does not hold");
      digest.update(bytes);
      single.push(entity);
    } else throw unusable(file, "is no Python program, package or .pb file");
  }
  if (single.length > 0) batches.push({ version: request.version ?? versionOf(digest), code: undefined, entities: single });
  return { python, batches };
}

const versionOf = (digest: { digest(encoding: "base64url"): string }): string => digest.digest("base64url");

function unusable(file: string, why: string): FlyteError {
  return new FlyteError({
    code: "PATH_UNUSABLE",
    blame: "usage",
    message: `${file} ${why}`,
    hint: "give a Python file or package, an archive of `pyflyte package` (.tgz), or .pb files of `pyflyte serialize`",
    details: { path: file },
  });
}
