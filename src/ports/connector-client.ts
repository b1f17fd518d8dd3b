import type { flyteidl } from "../idl/gen/flyteidl.js";

type Agent = flyteidl.admin.Agent.$Properties;
type Resource = flyteidl.admin.Resource.$Properties;
type TaskCategory = flyteidl.admin.TaskCategory.$Properties;

/** What a connector says of a job. */
export interface ConnectorAnswer {
  readonly resource: Resource;
  /** Encoded LiteralMap, as received; undefined when the answer holds no outputs. */
  readonly outputs: Uint8Array | undefined;
}

/** A job of a connector's, by what the connector gave for it: bytes that mean something to it alone. */
export interface ConnectorJob {
  readonly category: TaskCategory;
  readonly meta: Uint8Array;
}

/**
 * One server of connectors (flyteidl.service: AgentMetadataService, AsyncAgentService, SyncAgentService). Every call rejects with
 * a StatusError: what the server says, UNAVAILABLE when it cannot be reached or is lost, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED for
 * an answer that is too large, INTERNAL for one that is none.
 */
export interface ConnectorClient {
  /** `host:port` */
  readonly endpoint: string;
  list(): Promise<readonly Agent[]>;
  /** Encoded CreateTaskRequest. Resolves to the job's meta. */
  create(request: Uint8Array): Promise<Uint8Array>;
  get(job: ConnectorJob, outputPrefix: string): Promise<ConnectorAnswer>;
  delete(job: ConnectorJob): Promise<void>;
  /** Encoded CreateRequestHeader and LiteralMap. Aborted, it rejects with CANCELLED. */
  execute(header: Uint8Array, inputs: Uint8Array, signal: AbortSignal): Promise<ConnectorAnswer>;
}
