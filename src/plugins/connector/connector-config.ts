/** A server of connectors: `pyflyte serve connector`, or another that serves flyteidl's agent services. */
export interface ConnectorDeployment {
  /** `host:port` */
  readonly endpoint: string;
  /** Plain gRPC; TLS otherwise, checked against what this machine trusts. */
  readonly insecure: boolean;
  /** Milliseconds a call may take, by what is asked; 0 for any time. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly defaultTimeout: number;
}

export interface RateLimit {
  /** Calls a second, on the average. */
  readonly qps: number;
  /** That may come at once after a rest. */
  readonly burst: number;
}

/** Which connectors there are. Flyte: plugins/webapi/connector/config.go. */
export interface ConnectorConfig {
  /** Gets what no other says it runs. */
  readonly defaultConnector?: ConnectorDeployment;
  /** Others, by name. */
  readonly connectors: Readonly<Record<string, ConnectorDeployment>>;
  /** Types of tasks to names of `connectors`, whatever these say themselves. */
  readonly connectorForTaskTypes: Readonly<Record<string, string>>;
  /** Types of tasks that the default connector runs though it does not say so. */
  readonly supportedTaskTypes: readonly string[];
  /** Milliseconds until servers are asked again what they run. */
  readonly pollInterval: number;
  /** Milliseconds, at most, until a job is asked about again. */
  readonly resyncInterval: number;
  /** Of each server: what asks, and what creates and deletes. */
  readonly readRateLimiter: RateLimit;
  readonly writeRateLimiter: RateLimit;
  /** Answers about a job in a row that are errors, beyond which its task has failed. */
  readonly maxSystemFailures: number;
  /** Milliseconds for which a server may be away before its tasks fail, as the system's fault. */
  readonly unreachableTimeout: number;
  /** Jobs at a time: of all, of one project, and of one project and domain. */
  readonly resourceQuota: number;
  readonly resourceConstraints: { readonly project: number; readonly namespace: number };
}

export const defaultDeployment: Omit<ConnectorDeployment, "endpoint"> = { insecure: true, timeouts: {}, defaultTimeout: 10_000 };

export const defaultConnectorConfig: ConnectorConfig = {
  connectors: {},
  connectorForTaskTypes: {},
  supportedTaskTypes: [],
  pollInterval: 10_000,
  resyncInterval: 10_000,
  readRateLimiter: { qps: 50, burst: 100 },
  writeRateLimiter: { qps: 50, burst: 100 },
  maxSystemFailures: 5,
  unreachableTimeout: 300_000,
  resourceQuota: 1000,
  resourceConstraints: { project: 100, namespace: 50 },
};
