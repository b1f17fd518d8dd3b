import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { SecretRequest } from "../../ports/compute-backend.ts";
import { FlyteError } from "../../std/errors.ts";

/** What hands secrets to a task. */
export interface ResolvedSecrets {
  readonly variables: Readonly<Record<string, string>>;
  /** By absolute path. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Variables that hand the requested secrets to flytekit: `_FSEC_<GROUP>_<KEY>`, or a file below `directory` (group and
 * key in lower case) for those that ask for FILE. `envVar` gets the value, or for a FILE its path. The file at `path` is
 * YAML, `group: {key: value}`, read anew each time. FlyteError for what it lacks.
 */
export async function resolveSecrets(
  requests: readonly SecretRequest[],
  path: string | undefined,
  directory: string,
): Promise<ResolvedSecrets> {
  const files = new Map<string, string>();
  if (requests.length === 0) return { variables: {}, files };
  const groups = await readSecrets(path);
  const variables: Record<string, string> = { FLYTE_SECRETS_ENV_PREFIX: "_FSEC_" };
  for (const request of requests) {
    const value = find(groups, request);
    if (value === undefined) throw missing(request, path);
    if (request.mount === "FILE") {
      const file = join(directory, ...[request.group, request.key].filter((part) => part !== "").map((part) => fileName(part, request)));
      files.set(file, value);
      variables["FLYTE_SECRETS_DEFAULT_DIR"] = directory;
      variables["FLYTE_SECRETS_FILE_PREFIX"] = "";
      if (request.envVar) variables[request.envVar] = file;
    } else {
      variables[`_FSEC_${[request.group, request.key].filter((part) => part !== "").join("_")}`.toUpperCase()] = value;
      if (request.envVar) variables[request.envVar] = value;
    }
  }
  return { variables, files };
}

async function readSecrets(path: string | undefined): Promise<unknown> {
  if (path === undefined) return {};
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new FlyteError({
      code: "SECRETS_FILE_UNREADABLE",
      blame: "environment",
      message: `the secrets file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      hint: "see that it is readable by the user who runs flyte",
    });
  }
  try {
    return parse(text);
  } catch {
    // The parser's own message quotes the lines, and they hold secrets.
    throw new FlyteError({
      code: "SECRETS_FILE_INVALID",
      blame: "environment",
      message: `the secrets file ${path} is not valid YAML`,
      hint: "its form is  group: {key: value}",
    });
  }
}

/** As written, else without regard to case: flytekit asks in upper case through variables and in lower case through files. */
function find(groups: unknown, request: SecretRequest): string | undefined {
  const group = request.group === "" ? groups : member(groups, request.group);
  const value = member(group, request.key);
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function member(object: unknown, key: string): unknown {
  if (typeof object !== "object" || object === null) return undefined;
  const entries = Object.entries(object);
  return (entries.find(([name]) => name === key) ?? entries.find(([name]) => name.toLowerCase() === key.toLowerCase()))?.[1];
}

function fileName(part: string, request: SecretRequest): string {
  if (/^[^/\0]+$/.test(part) && part !== "." && part !== "..") return part.toLowerCase();
  throw new FlyteError({
    code: "SECRET_NAME_INVALID",
    blame: "usage",
    message: `secret ${describe(request)} cannot be a file: ${JSON.stringify(part)} is no file name`,
    hint: "request it as an environment variable",
  });
}

function missing(request: SecretRequest, path: string | undefined): FlyteError {
  return new FlyteError({
    code: "SECRET_NOT_FOUND",
    blame: "environment",
    message: `secret ${describe(request)} was not found${path === undefined ? "" : ` in ${path}`}`,
    hint:
      path === undefined
        ? "no secrets file is configured"
        : `add it to ${path}:  ${request.group === "" ? `${request.key}: VALUE` : `${request.group}: {${request.key}: VALUE}`}`,
  });
}

function describe(request: SecretRequest): string {
  return request.group === ""
    ? `key ${JSON.stringify(request.key)}`
    : `group ${JSON.stringify(request.group)} key ${JSON.stringify(request.key)}`;
}
