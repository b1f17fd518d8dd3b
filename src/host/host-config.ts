import type { Retention } from "../compute/local/retention.ts";
import type { Role } from "../engine/engine.ts";
import type { LogLinkTemplate } from "../plugins/machinery/log-links.ts";
import type { PodConfig } from "../plugins/pod/pod-config.ts";

/** A cluster whose pods run tasks. */
export interface ClusterConfig {
  /** A kubeconfig file; absent for the cluster that this process is a pod of. */
  readonly kubeconfig?: string;
  /** Default: the file's current one. */
  readonly context?: string;
  /** The only namespace whose pods are followed; all when absent. */
  readonly namespace?: string;
  readonly pods?: Partial<PodConfig>;
  readonly logs?: readonly LogLinkTemplate[];
  /** How pods reach admin (`host:port`) and the object store (a URL); what is empty they are not told. */
  readonly endpoints?: { readonly admin: string; readonly objects: string };
}

/** What a daemon is started with: JSON in a file of mode 0600, since it holds the object store's keys. */
export interface HostConfig {
  readonly name: string;
  readonly version: string;
  readonly dataDir: string;
  /**
   * `postgres://user:password@host:port/database`; absent for SQLite in the data directory. It may hold a password: never
   * log it whole.
   */
  readonly database?: string;
  /** What runs here of the engine; absent for all. Parts in other processes need the same Postgres and the same objects. */
  readonly roles?: readonly Role[];
  /** `host:port` of the parts that propeller needs and that do not run here. */
  readonly links?: { readonly admin: string; readonly catalog: string };
  /**
   * The name that propeller claims workflows under, one process at a time; the next process of the same name takes them up
   * at once, another when their lease ends. Default: the sandbox's.
   */
  readonly owner?: string;
  /** Default: in the data directory. Processes on one machine may share it. */
  readonly objectsDir?: string;
  /** gRPC, HTTP/JSON and console; all answer the same. The first one is in links. */
  readonly adminPorts: readonly number[];
  /** The object store; served by admin, spoken to by tasks. */
  readonly blobPort: number;
  readonly credentials: { readonly accessKey: string; readonly secretKey: string };
  /** Interpreter of Python tasks; absent when the machine has none. */
  readonly python?: string;
  /** `group: {key: value}` in YAML; may be absent. */
  readonly secretsFile: string;
  /** Attempts at a time; 0 for one a core. */
  readonly slots: number;
  /** Whether Python tasks are forked from interpreters kept warm; they are when absent (docs/warm-python.md). Linux only. */
  readonly warm?: boolean;
  /** Tasks are pods there; they are processes of this machine when absent. */
  readonly kubernetes?: ClusterConfig;
  /** What is kept of attempts and code that are done with, where it differs from the default; ages in milliseconds. */
  readonly retention?: Partial<Retention>;
  readonly allowedOrigins: readonly string[];
  /** Milliseconds between looks at everything, a safety net; 0 for never. The settings' own when absent. */
  readonly reevaluationInterval?: number;
  /** Milliseconds after which propeller does not use a cached result any more; 0 for never. The settings' own when absent. */
  readonly maxCacheAge?: number;
}

/** What the daemon writes to descriptor 3, one line of JSON, before it closes it. */
export type HostReport =
  | { readonly ready: true; readonly pid: number }
  | {
      readonly ready: false;
      readonly error: {
        readonly code: string;
        readonly message: string;
        readonly hint: string;
        readonly details: Readonly<Record<string, unknown>>;
      };
    };
