import { isIP } from "node:net";
import { roles } from "../../engine/engine.ts";
import type { LogLinkTemplate } from "../../plugins/machinery/log-links.ts";
import type { PluginModuleConfig } from "../../plugins/external/load-plugin-modules.ts";
import { isZone } from "../../std/cron/zone.ts";
import { parseQuantity } from "../../std/quantity.ts";
import type { ClusterConfig, HostConfig, ObjectsConfig } from "../host-config.ts";
import { connector } from "./connector-reader.ts";
import { logLevels } from "../json-logger.ts";
import {
  flag,
  hostAndPort,
  integer,
  InvalidValue,
  listOf,
  mapOf,
  mapping,
  oneOf,
  optional,
  type Place,
  type Reader,
  secret,
  text,
  textLike,
  value,
} from "./reader.ts";

const port = integer(1, 65_535);
const webAddress = textLike("a URL such as http://minio:9000, without a path", (given) => {
  const url = URL.parse(given);
  return url !== null && /^https?:$/.test(url.protocol) && (url.pathname === "/" || url.pathname === "") && !given.includes("@");
});
const quantity = textLike('a quantity such as "500m", "2" or "1Gi"', (given) => (parseQuantity(given) ?? -1) >= 0);
const resources = mapping({
  cpu: optional(quantity),
  memory: optional(quantity),
  gpu: optional(quantity),
  ephemeralStorage: optional(quantity),
});
const zone = textLike("a time zone such as Europe/Berlin", (given) => given !== "" && isZone(given));
const size = integer(0, Number.MAX_SAFE_INTEGER);
const database: Reader<string> = (given, place) => {
  const url = secret(given, place);
  if (/^postgres(ql)?:\/\//.test(url)) return url;
  throw new InvalidValue([`${place.path}: it is no address such as postgres://user:password@host:5432/flyte`]);
};

const keys = { accessKey: secret, secretKey: secret };
const files = mapping({ store: oneOf("files"), directory: optional(text), port, ...keys });
const s3 = mapping({
  store: oneOf("s3"),
  endpoint: optional(webAddress),
  clientEndpoint: optional(webAddress),
  taskEndpoint: optional(webAddress),
  region: optional(text),
  bucket: textLike("a bucket's name", (given) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(given)),
  ...keys,
});
/** Pods and log links are checked where they are used. */
const pods = value(
  "a mapping",
  (given): given is NonNullable<ClusterConfig["pods"]> => typeof given === "object" && given !== null && !Array.isArray(given),
);
const logLinks = value("a list", (given): given is readonly LogLinkTemplate[] => Array.isArray(given));
const kubernetes = mapping({
  kubeconfig: optional(text),
  context: optional(text),
  namespace: optional(text),
  createNamespaces: optional(flag),
  pods: optional(pods),
  logs: optional(logLinks),
  endpoints: optional(mapping({ admin: hostAndPort, objects: webAddress })),
});
/** A module's own configuration is its own to check. */
const pluginModule = (given: unknown, place: Place): PluginModuleConfig =>
  typeof given === "string" ? { module: text(given, place) } : pluginModuleMapping(given, place);
const pluginModuleMapping = mapping({ module: text, config: optional((given: unknown) => given) });
const plugins = mapping({
  enabled: optional(listOf(text, 1)),
  defaultForTaskTypes: optional(mapOf(text)),
  container: optional(mapping({ defaultEnv: optional(mapOf(text)) })),
  modules: optional(listOf(pluginModule)),
  connector: optional(connector),
});
const docker = mapping({
  address: optional(textLike("the address of a Docker engine", (given) => /^(unix|npipe|tcp|https?):\/\/./.test(given))),
  ports: mapping({ admin: port, objects: port }),
  imagePullGrace: optional(size),
});
const storeKind = oneOf("files", "s3");
const objects = (given: unknown, place: Place): ObjectsConfig => {
  const kind = typeof given === "object" && given !== null && "store" in given ? given.store : undefined;
  return storeKind(kind, { ...place, path: `${place.path}.store` }) === "s3" ? s3(given, place) : files(given, place);
};

const file = mapping({
  name: text,
  profile: optional(oneOf("sandbox", "production")),
  version: optional(text),
  dataDir: text,
  database: optional(database),
  databaseWait: optional(size),
  roles: optional(listOf(oneOf(...roles), 1)),
  links: optional(mapping({ admin: hostAndPort, catalog: optional(hostAndPort) })),
  owner: optional(text),
  ports: listOf(port, 1),
  host: optional(textLike("an IP address", (given) => isIP(given) !== 0)),
  publicUrl: optional(webAddress),
  allowedOrigins: optional(listOf(webAddress)),
  allowedHosts: optional(listOf(text)),
  objects,
  python: optional(text),
  secretsFile: optional(text),
  slots: optional(integer(0, 10_000)),
  warm: optional(flag),
  kubernetes: optional(kubernetes),
  docker: optional(docker),
  plugins: optional(plugins),
  retention: optional(mapOf(size)),
  reevaluationInterval: optional(size),
  maxCacheAge: optional(size),
  scheduler: optional(
    mapping({ timeZone: optional(zone), perSecond: optional(integer(1, 100_000)), burst: optional(integer(1, 100_000)) }),
  ),
  limits: optional(
    mapping({
      maxWorkflowNodes: optional(size),
      maxParallelism: optional(size),
      arrayParallelism: optional(oneOf("unlimited", "workflow", "hybrid")),
      maxOutputSize: optional(size),
      executionDeadline: optional(size),
      taskResources: optional(mapping({ defaults: optional(resources), limits: optional(resources) })),
    }),
  ),
  logLevel: optional(oneOf(...logLevels)),
});

/** Checks what a configuration file holds, and fetches the secrets it points at. Throws InvalidValue with all that is wrong. */
export function readHostConfig(content: unknown, place: Omit<Place, "path">): HostConfig {
  const config: HostConfig = file(content, { ...place, path: "" });
  const problems = contradictions(config);
  if (problems.length > 0) throw new InvalidValue(problems);
  return config;
}

function contradictions(config: HostConfig): string[] {
  const runs = config.roles ?? roles;
  // A scheduler that runs nowhere keeps nobody from the others' tables.
  const apart = roles.some((role) => role !== "scheduler" && !runs.includes(role));
  const propellerNeeds = runs.includes("propeller") && !(runs.includes("admin") && runs.includes("datacatalog"));
  const isOpen = config.host !== undefined && !/^(127[.]|::1$)/.test(config.host);
  return [
    ...(config.docker !== undefined && config.kubernetes !== undefined ? ["docker: tasks are pods where kubernetes is given"] : []),
    ...(config.docker !== undefined && apart ? ["docker: its containers reach admin by this process, so all roles must run here"] : []),
    ...(isOpen && runs.includes("propeller") && config.kubernetes === undefined
      ? ["host: whoever reaches the port may run code here; beyond 127.0.0.1 only where tasks are pods (kubernetes)"]
      : []),
    ...(apart && config.database === undefined
      ? ["database: it must be given, since not all roles run here: they share their tables in Postgres"]
      : []),
    ...(propellerNeeds && config.links === undefined
      ? ["links: it must be given, since propeller runs apart from admin or the datacatalog"]
      : []),
    ...(propellerNeeds && config.links && config.links.catalog === undefined && !runs.includes("datacatalog")
      ? ["links.catalog: it must be given, since propeller runs apart from the datacatalog"]
      : []),
    ...(runs.includes("scheduler") && !runs.includes("admin") && config.links === undefined && !propellerNeeds
      ? ["links: it must be given, since the scheduler runs apart from admin"]
      : []),
  ];
}
