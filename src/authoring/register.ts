import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { AdminClient } from "../client/admin-client.ts";
import { FlyteError } from "../std/errors.ts";
import { asksForCode, completeEntity } from "./complete-entity.ts";
import { entityOf, kindOfFileName } from "./entity.ts";
import type { Entity } from "./entity.ts";
import type { PythonInterpreter } from "./python-interpreter.ts";
import { isPackage, readPackage } from "./read-package.ts";
import { plannedEntities, registerEntities } from "./register-entities.ts";
import type { RegisteredEntity } from "./register-entities.ts";
import { withPythonProgram } from "./serialize-python.ts";
import type { PythonProgram } from "./serialize-python.ts";

export interface RegisterRequest extends PythonProgram {
  /** Python files and packages, archives of `pyflyte package`, .pb files. */
  readonly paths: readonly string[];
  readonly python: PythonInterpreter;
  readonly dryRun: boolean;
  readonly activateAll: boolean;
}

export interface RegisterTools {
  readonly admin: AdminClient;
  /** Puts code where tasks can read it and returns its URI. */
  readonly uploadCode: (code: Code) => Promise<string>;
  /** Throws when the deployment has no such project or domain. */
  readonly checkScope: (scope: Scope) => Promise<void>;
  readonly progress: (line: string) => void;
  readonly onPythonOutput?: (line: string) => void;
  /** Of the Python process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

interface Scope {
  readonly project: string;
  readonly domain: string;
}

interface Code {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Entities that share a version and a code archive. */
interface Batch {
  readonly version: string;
  readonly code: Code | undefined;
  readonly entities: readonly Entity[];
}

export interface RegisterResult {
  readonly items: readonly RegisteredEntity[];
  /** Of what was serialised now, or filled into packages. */
  readonly version: string | null;
}

/**
 * Registers all that lies at the paths. Everything is read, loaded and checked before the first call; then code is uploaded
 * and the entities are sent. Registering the same again changes nothing. A refused entity is in the items, not thrown.
 */
export async function register(request: RegisterRequest, tools: RegisterTools): Promise<RegisterResult> {
  const { python, batches } = await readPaths(request);
  if (!request.dryRun) for (const scope of scopesOf(request, python, batches)) await tools.checkScope(scope);
  const send = (loaded: readonly Entity[] | undefined, version: string | undefined): Promise<RegisterResult> =>
    sendAll(request, tools, batches, loaded, version);
  if (python.length === 0) return send(undefined, undefined);
  tools.progress(`loading ${python.join(", ")} with ${request.python.path} (${request.python.source})`);
  const { signal, environment, onPythonOutput: onOutput } = tools;
  return withPythonProgram(
    request.python,
    { ...request, paths: python },
    { environment, ...(signal ? { signal } : {}), ...(onOutput ? { onOutput } : {}) },
    async (loaded) => {
      const distribution = loaded.archive && (await placeCode(request, tools, loaded.archive));
      return send(await loaded.finish(distribution), loaded.version);
    },
  );
}

/** All that will be registered into, each once. */
function scopesOf({ project, domain }: RegisterRequest, python: readonly string[], batches: readonly Batch[]): Scope[] {
  const ids = batches.flatMap(({ entities }) =>
    entities.map(({ id }) => ({ project: id.project || project, domain: id.domain || domain })),
  );
  const scopes = [...(python.length > 0 ? [{ project, domain }] : []), ...ids];
  return [...new Map(scopes.map((scope) => [`${scope.project}:${scope.domain}`, scope])).values()];
}

async function sendAll(
  request: RegisterRequest,
  tools: RegisterTools,
  batches: readonly Batch[],
  loaded: readonly Entity[] | undefined,
  version: string | undefined,
): Promise<RegisterResult> {
  const entities = [...(loaded ?? [])];
  for (const batch of batches) {
    const distribution = batch.code && batch.entities.some(asksForCode) ? await placeCode(request, tools, batch.code) : undefined;
    const completion = { ...request, version: batch.version, ...(distribution === undefined ? {} : { distribution }) };
    entities.push(...batch.entities.map((entity) => completeEntity(entity, completion)));
  }
  const known = version ?? batches[0]?.version ?? null;
  if (request.dryRun) return { items: plannedEntities(entities, request.activateAll), version: known };
  tools.progress(`registering ${entities.length} entities`);
  const items = await registerEntities(tools.admin, entities, {
    activateAll: request.activateAll,
    ...(tools.signal ? { signal: tools.signal } : {}),
  });
  return { items, version: known };
}

async function placeCode(request: RegisterRequest, tools: RegisterTools, code: Code): Promise<string> {
  if (request.dryRun) return `s3://not-uploaded-in-a-dry-run/${code.name}`;
  tools.progress(`uploading ${code.name} (${Math.ceil(code.bytes.length / 1024)} KiB)`);
  return tools.uploadCode(code);
}

async function readPaths(request: RegisterRequest): Promise<{ python: string[]; batches: Batch[] }> {
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
