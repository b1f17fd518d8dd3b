import { nearestWord } from "../nearest-word.ts";

// flytectl's keys, flytekit's and our own. Most of them set nothing here, yet who writes them has made no mistake.
const admin = [
  "endpoint",
  "insecure",
  "insecureSkipVerify",
  "caCertFilePath",
  "maxBackoffDelay",
  "perRetryTimeout",
  "maxRetries",
  "maxMessageSizeBytes",
  "authType",
  "tokenRefreshWindow",
  "useAuth",
  "clientId",
  "clientSecretLocation",
  "clientSecretEnvVar",
  "scopes",
  "useAudienceFromAdmin",
  "audience",
  "authorizationServerUrl",
  "tokenUrl",
  "authorizationHeader",
  "pkceConfig",
  "deviceFlowConfig",
  "deviceFlow",
  "command",
  "proxyCommand",
  "defaultServiceConfig",
  "httpProxyURL",
  "defaultOrg",
  "clientCertFilePath",
  "clientKeyFilePath",
];
const storage = [
  "type",
  "connection",
  "stow",
  "container",
  "enable-multicontainer",
  "enableLegacyMetrics",
  "cache",
  "limits",
  "defaultHttpClient",
  "signedUrl",
];
const connection = ["endpoint", "auth-type", "access-key", "secret-key", "region", "disable-ssl", "addressing-style"];

/** The keys below each section; of a section that is not named here anything is taken. */
const sections: Readonly<Record<string, readonly string[]>> = {
  "": [
    "admin",
    "storage",
    "console",
    "logger",
    "project",
    "domain",
    "output",
    "org",
    "task",
    "workflow",
    "launchplan",
    "execution",
    "files",
    "sandbox",
    "demo",
    "docker",
    "compile",
    "interactive",
    "otel",
    "root",
    "catalog-cache",
    "datacatalog",
    "images",
    "image",
    "local",
    "platform",
    "credentials",
    "secrets",
    "sdk",
    "union",
  ],
  admin,
  storage,
  "storage.connection": connection,
  console: ["endpoint"],
  logger: ["show-source", "mute", "level", "formatter"],
};

/** Of a configuration file's keys (joined by dots, case does not count) those that nothing reads, with what each may be meant for. */
export function unknownKeys(keys: Iterable<string>): readonly { readonly key: string; readonly near: string | undefined }[] {
  const unknown = new Map<string, string | undefined>();
  for (const key of keys) {
    const parts = key.split(".");
    for (const [depth, part] of parts.entries()) {
      const section = parts.slice(0, depth).join(".").toLowerCase();
      const known = Object.hasOwn(sections, section) ? sections[section] : undefined;
      if (!known) break;
      if (known.some((one) => one.toLowerCase() === part.toLowerCase())) continue;
      const prefix = section === "" ? "" : `${section}.`;
      const near = nearestWord(part, known) ?? (section === "" && parts.length === 1 ? nearestSetting(part) : undefined);
      unknown.set(`${prefix}${part}`, near === undefined ? undefined : near.includes(".") ? near : `${prefix}${near}`);
      break;
    }
  }
  return [...unknown].map(([key, near]) => ({ key, near }));
}

/** What stands outside of its section: `endpoint` for `admin.endpoint`. */
function nearestSetting(part: string): string | undefined {
  const near = nearestWord(part, admin);
  return near === undefined ? undefined : `admin.${near}`;
}
