import type { ConnectorClient } from "../../ports/connector-client.ts";
import type { Clock } from "../../std/clock.ts";
import { CallGate } from "./call-gate.ts";
import type { ConnectorConfig } from "./connector-config.ts";

/** Of a server: each may hold an answer of several MiB in memory. */
const atATime = 20;

/** A client whose calls about tasks come no faster than the configuration says; `close` forgets those that wait. */
export function gatedClient(
  client: ConnectorClient,
  config: Pick<ConnectorConfig, "readRateLimiter" | "writeRateLimiter">,
  clock: Clock,
): ConnectorClient & { close(): void } {
  const reads = new CallGate(clock, config.readRateLimiter, atATime);
  const writes = new CallGate(clock, config.writeRateLimiter, atATime);
  return {
    endpoint: client.endpoint,
    list: () => client.list(),
    create: (request) => writes.run(() => client.create(request)),
    get: (job, outputPrefix) => reads.run(() => client.get(job, outputPrefix)),
    delete: (job) => writes.run(() => client.delete(job)),
    execute: (header, inputs, signal) => writes.run(() => client.execute(header, inputs, signal)),
    close() {
      reads.close();
      writes.close();
    },
  };
}
