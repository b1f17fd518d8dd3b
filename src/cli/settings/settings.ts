import path from "node:path";
import { FlyteError } from "../../std/errors.ts";
import type { DeploymentFlags } from "../deployment-flags.ts";
import type { ConfigLayer, ConfigValue } from "./config-layer.ts";
import { configLayer } from "./config-layer.ts";
import { fileLayer } from "./file-layer.ts";
import { unknownKeys } from "./known-keys.ts";

/** What decides which deployment is spoken to, each with where it was set. */
export interface Settings {
  readonly endpoint: ConfigValue & { readonly value: string };
  readonly insecure: ConfigValue & { readonly value: boolean };
  readonly insecureSkipVerify: ConfigValue & { readonly value: boolean };
  readonly caCertFilePath: (ConfigValue & { readonly value: string }) | undefined;
  readonly project: ConfigValue & { readonly value: string };
  readonly domain: ConfigValue & { readonly value: string };
  /** What the files hold that nothing reads, a line each. */
  readonly warnings: readonly string[];
}

export interface SettingsOrigins {
  readonly flags: DeploymentFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
}

/**
 * Flags, then variables, then ./.flyte/config.yaml, then ~/.flyte/config.yaml, then defaults. A file chosen by --config or
 * --sandbox goes before variables and is the only file; one chosen by FLYTECTL_CONFIG is the only file. What belongs to an
 * endpoint (TLS, certificates) is never taken from an origin that ranks below the endpoint's own.
 */
export async function resolveSettings(origins: SettingsOrigins): Promise<Settings> {
  const layers = await layersOf(origins);
  const find = (keys: readonly string[], from = layers): ConfigValue | undefined => {
    for (const { values } of from) for (const key of keys) if (values.has(key)) return values.get(key);
    return undefined;
  };
  const endpoint = textOf(find(["admin.endpoint"])) ?? { value: "localhost:30080", source: "default" };
  const owner = layers.findIndex(({ values }) => values.has("admin.endpoint"));
  const connection = owner === -1 ? layers : layers.slice(0, owner + 1);
  const insecureSkipVerify = booleanOf(find(["admin.insecureskipverify"], connection));
  const caCertFilePath = textOf(find(["admin.cacertfilepath"], connection));
  // Who says how a certificate is to be held expects one, on this machine too.
  const isPlain = caCertFilePath === undefined && insecureSkipVerify?.value !== true;
  const isLocal = isPlain && /^(dns:\/*)?(localhost|127(\.\d+){3}|\[::1\])(:|$)/.test(endpoint.value);
  return {
    endpoint,
    insecure: booleanOf(find(["admin.insecure"], connection)) ?? {
      value: isLocal,
      source: isLocal ? "default for this machine" : "default",
    },
    insecureSkipVerify: insecureSkipVerify ?? { value: false, source: "default" },
    caCertFilePath,
    project: textOf(find(["project", "task.project"])) ?? { value: "flytesnacks", source: "default" },
    domain: textOf(find(["domain", "task.domain"])) ?? { value: "development", source: "default" },
    warnings: layers.flatMap(unknownKeyWarnings),
  };
}

function unknownKeyWarnings({ source, keys }: ConfigLayer): string[] {
  return unknownKeys(keys).map(
    ({ key, near }) => `${source}: nothing reads the key ${key}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}

async function layersOf({ flags, environment, cwd, home }: SettingsOrigins): Promise<ConfigLayer[]> {
  const fromFlags = configLayer("flags", [
    ["admin.endpoint", flags.endpoint, "--endpoint"],
    ["admin.insecure", flags.insecure, flags.insecure === false ? "--no-insecure" : "--insecure"],
    ["project", flags.project, "--project"],
    ["domain", flags.domain, "--domain"],
  ]);
  const variable = (key: string, name: string) => [key, environment[name], name] as const;
  const fromVariables = configLayer("variables", [
    variable("admin.endpoint", "FLYTE_PLATFORM_URL"),
    variable("admin.insecure", "FLYTE_PLATFORM_INSECURE"),
    variable("admin.insecureskipverify", "FLYTE_PLATFORM_INSECURE_SKIP_VERIFY"),
    variable("admin.cacertfilepath", "FLYTE_PLATFORM_CA_CERT_FILE_PATH"),
    variable("project", "FLYTE_DEFAULT_PROJECT"),
    variable("domain", "FLYTE_DEFAULT_DOMAIN"),
  ]);
  if (flags.sandbox !== undefined) {
    const name = flags.sandbox;
    const known = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/.test(name)
      ? await fileLayer(path.join(home, ".flyte", "sandboxes", name, "config.yaml"))
      : undefined;
    if (!known)
      throw noFile(`there is no sandbox named ${name}`, `start it with: flyte sandbox start${name === "flyte" ? "" : ` --name ${name}`}`);
    return [fromFlags, known, fromVariables];
  }
  if (flags.config !== undefined) return [fromFlags, await existing(path.resolve(cwd, flags.config), "--config"), fromVariables];
  const chosen = environment["FLYTECTL_CONFIG"];
  if (chosen) return [fromFlags, fromVariables, await existing(path.resolve(cwd, chosen), "FLYTECTL_CONFIG")];
  const files = await Promise.all([...new Set([cwd, home])].map((folder) => fileLayer(path.join(folder, ".flyte", "config.yaml"))));
  return [fromFlags, fromVariables, ...files.filter((layer) => layer !== undefined)];
}

async function existing(file: string, by: string): Promise<ConfigLayer> {
  const layer = await fileLayer(file);
  if (!layer) throw noFile(`there is no configuration file ${file} (from ${by})`, "name one that exists, or leave it out");
  return layer;
}

function noFile(message: string, hint: string): FlyteError {
  return new FlyteError({ code: "CONFIG_MISSING", blame: "usage", message, hint });
}

function textOf(found: ConfigValue | undefined): { value: string; source: string } | undefined {
  return found && { value: String(found.value), source: found.source };
}

/** As flytekit reads them: anything but true, t, 1, yes and y is false. */
function booleanOf(found: ConfigValue | undefined): { value: boolean; source: string } | undefined {
  return found && { value: typeof found.value === "boolean" ? found.value : /^(true|t|1|yes|y)$/i.test(found.value), source: found.source };
}
