import { openConnector } from "../links/open-connector.ts";
import { defaultConnectorConfig, type ConnectorConfig } from "../plugins/connector/connector-config.ts";
import { ConnectorDirectory } from "../plugins/connector/connector-directory.ts";
import { createConnectorPlugin } from "../plugins/connector/connector-plugin.ts";
import { gatedClient } from "../plugins/connector/gated-client.ts";
import type { PluginHost, TaskPlugin } from "../ports/task-plugin.ts";
import { systemClock } from "../std/clock.ts";
import type { Logger } from "../std/logger.ts";
import { systemRandom } from "../std/random.ts";

export interface Connectors {
  plugin(host: PluginHost): TaskPlugin;
  close(): Promise<void>;
}

/** Beside the outputs. */
const largestRest = 1 << 20;

/** Servers of connectors, which are asked from now on what they run. `maxOutputSize`: bytes of a task's outputs, 0 for any. */
export function openConnectors(given: Partial<ConnectorConfig>, maxOutputSize: number, logger: Logger): Connectors {
  const config: ConnectorConfig = { ...defaultConnectorConfig, ...given };
  const [clock, random] = [systemClock, systemRandom];
  const closing: (() => Promise<void>)[] = [];
  const directory = new ConnectorDirectory(config, {
    clock,
    logger,
    open({ endpoint, insecure, timeouts, defaultTimeout }) {
      const server = openConnector({
        endpoint,
        insecure,
        timeoutOf: (operation) => timeouts[operation] ?? defaultTimeout,
        largestAnswer: (maxOutputSize || 64 << 20) + largestRest,
        clock,
        random,
      });
      const gated = gatedClient(server, config, clock);
      closing.push(() => {
        gated.close();
        return server.close();
      });
      return gated;
    },
  });
  directory.start();
  return {
    plugin: (host) => createConnectorPlugin({ host, directory, config, clock, logger }),
    async close() {
      directory.close();
      await Promise.all(closing.map((one) => one()));
    },
  };
}
