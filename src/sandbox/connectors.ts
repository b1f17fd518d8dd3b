import type { HostConfig } from "../host/host-config.ts";
import { FlyteError } from "../std/errors.ts";

type Plugins = NonNullable<HostConfig["plugins"]>;

/** The servers of connectors that `--connector` names; none for `none`. FlyteError for what is no address. */
export function connectorsOf(given: readonly string[]): readonly string[] {
  const named = given.filter((each) => each !== "none");
  const wrong = named.find((each) => !/^[^\s/:]+:\d{1,5}$/.test(each));
  if (wrong === undefined) return named;
  throw new FlyteError({
    code: "CONNECTOR_ADDRESS_INVALID",
    blame: "usage",
    message: `"${wrong}" is no address of a connector`,
    hint: "name host and port, as in --connector localhost:8000",
    details: { connector: wrong },
  });
}

/** The first one gets what no other says it runs. */
export function connectorConfigOf(endpoints: readonly string[]): NonNullable<Plugins["connector"]> {
  const [first = "", ...others] = endpoints;
  const deployment = (endpoint: string) => ({ endpoint, insecure: true, timeouts: {}, defaultTimeout: 10_000 });
  return {
    defaultConnector: deployment(first),
    connectors: Object.fromEntries(others.map((endpoint, index) => [`connector-${index + 2}`, deployment(endpoint)])),
  };
}
