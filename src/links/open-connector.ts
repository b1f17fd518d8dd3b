import { connect } from "../client/connect.ts";
import type { ConnectorClient } from "../ports/connector-client.ts";
import type { Clock } from "../std/clock.ts";
import type { Random } from "../std/random.ts";
import { type ConnectorOperation, remoteConnector } from "./remote-connector.ts";

export interface ConnectorOptions {
  /** `host:port` */
  readonly endpoint: string;
  /** Plain gRPC; else TLS. */
  readonly insecure: boolean;
  /** Milliseconds a call may take, 0 for any time. */
  readonly timeoutOf: (operation: ConnectorOperation) => number;
  /** Bytes of an answer. */
  readonly largestAnswer: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** A server of connectors over one connection, opened when it is first asked and again after it is lost. */
export function openConnector(options: ConnectorOptions): ConnectorClient & { close(): Promise<void> } {
  const { timeoutOf, largestAnswer, ...rest } = options;
  const client = connect({ ...rest, maxReceive: largestAnswer });
  const calls = remoteConnector(client, timeoutOf);
  return { ...calls, close: () => client.close() };
}
