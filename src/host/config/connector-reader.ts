import { connectorOperations } from "../../links/remote-connector.ts";
import {
  type ConnectorConfig,
  type ConnectorDeployment,
  defaultConnectorConfig,
  defaultDeployment,
} from "../../plugins/connector/connector-config.ts";
import { flag, hostAndPort, integer, InvalidValue, listOf, mapOf, mapping, optional, type Place, type Reader, text } from "./reader.ts";

const duration = integer(0, 2 ** 31 - 1);
const operations = Object.fromEntries(connectorOperations.map((operation) => [operation, optional(duration)]));
const given = mapping({
  endpoint: hostAndPort,
  insecure: optional(flag),
  timeouts: optional(mapping(operations)),
  defaultTimeout: optional(duration),
  defaultServiceConfig: optional(text),
});

/** One that is named for types of tasks is reached over TLS unless it says otherwise, the default one is not: as in Flyte. */
const deployment =
  (insecure: boolean): Reader<ConnectorDeployment> =>
  (content, place) => {
    const { defaultServiceConfig, timeouts, ...rest } = given(content, place);
    if (defaultServiceConfig !== undefined) checkServiceConfig(defaultServiceConfig, place);
    return {
      ...defaultDeployment,
      insecure,
      ...rest,
      timeouts: Object.fromEntries(Object.entries(timeouts ?? {}).flatMap(([name, ms]) => (typeof ms === "number" ? [[name, ms]] : []))),
    };
  };

/** gRPC's own: of it only how connections are shared out can be said, and there is one connection to each. */
function checkServiceConfig(json: string, place: Place): void {
  let names: string[] | undefined;
  try {
    names = Object.keys(JSON.parse(json) as object);
  } catch {
    // Told below.
  }
  const unknown = names?.find((name) => name !== "loadBalancingConfig" && name !== "loadBalancingPolicy");
  if (names === undefined || unknown !== undefined)
    throw new InvalidValue([
      `${place.path}.defaultServiceConfig: ${unknown ?? "what is no JSON"} cannot be heeded; time-outs stand in timeouts`,
    ]);
}

const rate = mapping({ qps: integer(1, 100_000), burst: integer(1, 100_000) });
const amount = integer(1, 1_000_000);
const keys = mapping({
  defaultConnector: optional(deployment(true)),
  connectors: optional(mapOf(deployment(false))),
  connectorForTaskTypes: optional(mapOf(text)),
  supportedTaskTypes: optional(listOf(text)),
  pollInterval: optional(integer(100, 2 ** 31 - 1)),
  resyncInterval: optional(integer(250, 3_600_000)),
  readRateLimiter: optional(rate),
  writeRateLimiter: optional(rate),
  maxSystemFailures: optional(integer(0, 1000)),
  unreachableTimeout: optional(duration),
  resourceQuota: optional(amount),
  resourceConstraints: optional(mapping({ project: optional(amount), namespace: optional(amount) })),
});

/** `plugins.connector`, of which Flyte's configuration has the same keys under `plugins.connector-service`. */
export const connector: Reader<Partial<ConnectorConfig>> = (content, place) => {
  const { resourceConstraints, ...config } = keys(content, place);
  const unknown = Object.entries(config.connectorForTaskTypes ?? {}).find(([, name]) => !Object.hasOwn(config.connectors ?? {}, name));
  if (unknown) throw new InvalidValue([`${place.path}.connectorForTaskTypes.${unknown[0]}: there is no ${unknown[1]} in connectors`]);
  if (config.defaultConnector === undefined && Object.keys(config.connectors ?? {}).length === 0)
    throw new InvalidValue([`${place.path}: neither defaultConnector nor connectors says where one is`]);
  return {
    ...config,
    ...(resourceConstraints && { resourceConstraints: { ...defaultConnectorConfig.resourceConstraints, ...resourceConstraints } }),
  };
};
