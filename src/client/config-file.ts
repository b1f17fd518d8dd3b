import { readFile } from "node:fs/promises";
import path from "node:path";
import { FlyteError, messageOf } from "../std/errors.ts";

/** A setting and where it comes from: a flag, an environment variable, a key of a file, or the default. */
export interface ConfigValue<T> {
  readonly value: T;
  readonly source: string;
}

export interface FlyteConfig {
  /** As written: `dns:///host:port` or `host:port`. */
  readonly endpoint: ConfigValue<string>;
  readonly insecure: ConfigValue<boolean>;
  readonly insecureSkipVerify: ConfigValue<boolean>;
  readonly caCertFilePath: ConfigValue<string | undefined>;
  /** Base of links to the console, when it is not at the endpoint. */
  readonly consoleEndpoint: ConfigValue<string | undefined>;
  readonly project: ConfigValue<string>;
  readonly domain: ConfigValue<string>;
  readonly storageEndpoint: ConfigValue<string | undefined>;
  readonly storageAccessKey: ConfigValue<string | undefined>;
  /** Not to be shown. */
  readonly storageSecretKey: ConfigValue<string | undefined>;
  /** The files that were read, the one that wins first. */
  readonly files: readonly string[];
}

/** What flags gave, under their own names. */
export interface ConfigFlags {
  readonly config?: string;
  readonly endpoint?: string;
  readonly insecure?: boolean;
  readonly project?: string;
  readonly domain?: string;
}

export interface ConfigSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
}

interface Layer {
  readonly file: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * The configuration of a client, in flytectl's format: flag > environment > ./.flyte/config.yaml > ~/.flyte/config.yaml >
 * default, value by value. A file named by --config or FLYTECTL_CONFIG takes the place of both. FlyteError CONFIG_UNREADABLE
 * or CONFIG_INVALID, with the file and the key.
 */
export async function loadConfig(flags: ConfigFlags, { env, cwd, home }: ConfigSurroundings): Promise<FlyteConfig> {
  const named = flags.config ?? (env["FLYTECTL_CONFIG"] || undefined);
  const layers: Layer[] = [];
  if (named !== undefined) {
    const layer = await readLayer(path.resolve(cwd, named));
    if (!layer) throw unreadable(named, "there is no such file");
    layers.push(layer);
  } else {
    for (const directory of new Set([cwd, home])) {
      const layer = await readLayer(path.join(directory, ".flyte", "config.yaml"));
      if (layer) layers.push(layer);
    }
  }

  function find<T>(
    names: { flag?: T | undefined; flagName?: string; env?: string; keys: readonly string[] },
    parse: (raw: unknown) => T | undefined,
  ): ConfigValue<T> | undefined {
    if (names.flag !== undefined) return { value: names.flag, source: `--${names.flagName}` };
    const variable = names.env === undefined ? undefined : env[names.env];
    if (names.env !== undefined && variable !== undefined && variable !== "") {
      const value = parse(variable);
      if (value === undefined) throw invalid(`the environment variable ${names.env}`, variable);
      return { value, source: names.env };
    }
    for (const { file, content } of layers) {
      for (const key of names.keys) {
        const raw = lookup(content, key);
        if (raw === undefined || raw === null || raw === "") continue;
        const value = parse(raw);
        if (value === undefined) throw invalid(`${key} in ${file}`, raw);
        return { value, source: `${file} (${key})` };
      }
    }
    return undefined;
  }

  const endpoint = find({ flag: flags.endpoint, flagName: "endpoint", env: "FLYTE_PLATFORM_URL", keys: ["admin.endpoint"] }, text);
  const text1 = (keys: string[], variable?: string): ConfigValue<string | undefined> =>
    find({ keys, ...(variable === undefined ? {} : { env: variable }) }, text) ?? { value: undefined, source: "default" };
  return {
    endpoint: endpoint ?? { value: "dns:///localhost:30080", source: "default" },
    // Nothing but a local deployment is spoken to without TLS unless somebody says so.
    insecure: find({ flag: flags.insecure, flagName: "insecure", env: "FLYTE_PLATFORM_INSECURE", keys: ["admin.insecure"] }, boolean) ?? {
      value: endpoint === undefined,
      source: "default",
    },
    insecureSkipVerify: find({ keys: ["admin.insecureSkipVerify"] }, boolean) ?? { value: false, source: "default" },
    caCertFilePath: text1(["admin.caCertFilePath"]),
    consoleEndpoint: text1(["console.endpoint"]),
    project: find({ flag: flags.project, flagName: "project", env: "FLYTE_DEFAULT_PROJECT", keys: ["project", "task.project"] }, text) ?? {
      value: "flytesnacks",
      source: "default",
    },
    domain: find({ flag: flags.domain, flagName: "domain", env: "FLYTE_DEFAULT_DOMAIN", keys: ["domain", "task.domain"] }, text) ?? {
      value: "development",
      source: "default",
    },
    storageEndpoint: text1(["storage.connection.endpoint"], "FLYTE_AWS_ENDPOINT"),
    storageAccessKey: text1(["storage.connection.access-key"], "FLYTE_AWS_ACCESS_KEY_ID"),
    storageSecretKey: text1(["storage.connection.secret-key"], "FLYTE_AWS_SECRET_ACCESS_KEY"),
    files: layers.map(({ file }) => file),
  };
}

const text = (raw: unknown): string | undefined => (typeof raw === "string" ? raw : typeof raw === "number" ? String(raw) : undefined);

function boolean(raw: unknown): boolean | undefined {
  if (typeof raw === "boolean") return raw;
  const lower = String(raw).toLowerCase();
  return ["true", "1", "t", "yes"].includes(lower) ? true : ["false", "0", "f", "no"].includes(lower) ? false : undefined;
}

/** The value under a dotted key; upper and lower case are the same, as in flytectl. */
function lookup(content: Readonly<Record<string, unknown>>, key: string): unknown {
  let current: unknown = content;
  for (const part of key.split(".")) {
    if (typeof current !== "object" || current === null) return undefined;
    current = Object.entries(current).find(([name]) => name.toLowerCase() === part.toLowerCase())?.[1];
  }
  return current;
}

async function readLayer(file: string): Promise<Layer | undefined> {
  let source: string;
  try {
    source = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw unreadable(file, messageOf(error));
  }
  const { parse } = await import("yaml");
  let content: unknown;
  try {
    content = parse(source) ?? {};
  } catch (error) {
    throw unreadable(file, messageOf(error));
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw unreadable(file, "it is not a mapping of keys to values");
  return { file, content: content as Readonly<Record<string, unknown>> };
}

function unreadable(file: string, why: string): FlyteError {
  return new FlyteError({
    code: "CONFIG_UNREADABLE",
    blame: "usage",
    message: `cannot read the config file ${file}: ${why}`,
    hint: "name another with --config or FLYTECTL_CONFIG, or mend it; it is YAML in flytectl's format",
    details: { file },
  });
}

function invalid(what: string, raw: unknown): FlyteError {
  return new FlyteError({
    code: "CONFIG_INVALID",
    blame: "usage",
    message: `${what} has the value ${JSON.stringify(raw)}, which does not fit`,
    hint: "admin.endpoint is a text such as dns:///localhost:30080; admin.insecure is true or false",
    details: { what },
  });
}
