import type { Retention } from "../compute/machinery/retention.ts";
import type { Role } from "../engine/engine.ts";
import type { ConnectorConfig } from "../plugins/connector/connector-config.ts";
import type { LogLinkTemplate } from "../plugins/machinery/log-links.ts";
import type { PluginModuleConfig } from "../plugins/external/load-plugin-modules.ts";
import type { PodConfig } from "../plugins/pod/pod-config.ts";

/** A cluster whose pods run tasks. */
export interface ClusterConfig {
  /** A kubeconfig file; absent for the cluster that this process is a pod of. */
  readonly kubeconfig?: string;
  /** Default: the file's current one. */
  readonly context?: string;
  /** The only namespace whose pods are followed; all when absent. */
  readonly namespace?: string;
  /** A pod's namespace that is not there is made, with the pods' own default labels; otherwise somebody else sees to them. */
  readonly createNamespaces?: boolean;
  readonly pods?: Partial<Omit<PodConfig, "coPilot">> & { readonly coPilot?: Partial<PodConfig["coPilot"]> };
  readonly logs?: readonly LogLinkTemplate[];
  /** How pods reach admin (`host:port`) and the object store (a URL); what is empty they are not told. */
  readonly endpoints?: { readonly admin: string; readonly objects: string };
}

/** A Docker engine whose containers run tasks. */
export interface DockerConfig {
  /** `unix:///var/run/docker.sock`, `tcp://host:2375`; default: where the docker command finds one. */
  readonly address?: string;
  /** Ports that containers alone reach admin and, where it is files, the object store by. */
  readonly ports: { readonly admin: number; readonly objects: number };
  /** Milliseconds for which an image that cannot be pulled is tried again. Default: three minutes. */
  readonly imagePullGrace?: number;
}

/**
 * What an engine is started with: the file of `flyte serve --config` (docs/serve.md), and what a sandbox writes for its
 * daemon, with mode 0600 since it holds keys. Never log it whole.
 */
export interface HostConfig {
  /** What it is called in locks and messages. */
  readonly name: string;
  /** Whose numbers limit it where `limits` says nothing: a sandbox's (none), or Flyte's. Default: production. */
  readonly profile?: "sandbox" | "production";
  /** What GetVersion says; default: the package's. */
  readonly version?: string;
  /** This process's alone. */
  readonly dataDir: string;
  /** `postgres://user:password@host:port/database`; absent for SQLite in the data directory. */
  readonly database?: string;
  /** Milliseconds for which a start waits for a database that does not answer yet; 0, the default, for not at all. */
  readonly databaseWait?: number;
  /** What runs here of the engine; absent for all. Parts in other processes need the same Postgres and the same objects. */
  readonly roles?: readonly Role[];
  /** `host:port` of the parts that propeller (both) and the scheduler (admin) need and that do not run here. */
  readonly links?: { readonly admin: string; readonly catalog?: string };
  /**
   * The name that propeller claims workflows under, one process at a time; the next process of the same name takes them up
   * at once, another when their lease ends. Default: the machine's.
   */
  readonly owner?: string;
  /** gRPC, HTTP/JSON and console; all answer the same. The first one is in links. */
  readonly ports: readonly number[];
  /** The address they are bound to; default loopback. In a pod `0.0.0.0`: who may reach it is the cluster's to say. */
  readonly host?: string;
  /** `http://host:port`: base of links to this process. Default: its first port on localhost. */
  readonly publicUrl?: string;
  /** Pages of these origins may call it. */
  readonly allowedOrigins?: readonly string[];
  /** Host names, beside this machine's own, under which it is reached through a proxy. */
  readonly allowedHosts?: readonly string[];
  readonly objects: ObjectsConfig;
  /** Interpreter of Python tasks; absent when the machine has none. */
  readonly python?: string;
  /** Secrets for tasks, `group: {key: value}` in YAML; the file may be absent. Default: secrets.yaml in the data directory. */
  readonly secretsFile?: string;
  /** Attempts at a time; 0, the default, for one a core. */
  readonly slots?: number;
  /** Whether Python tasks are forked from interpreters kept warm; they are when absent (docs/warm-python.md). Linux only. */
  readonly warm?: boolean;
  /** Tasks are pods there; they are processes of this machine when absent. */
  readonly kubernetes?: ClusterConfig;
  /** Tasks are containers there. All parts of the engine run in this process then. */
  readonly docker?: DockerConfig;
  /** What is kept of attempts and code that are done with, where it differs from the default; ages in milliseconds. */
  readonly retention?: Partial<Retention>;
  readonly plugins?: PluginsConfig;
  /** Milliseconds between looks at everything, a safety net; 0 for never. The profile's own when absent. */
  readonly reevaluationInterval?: number;
  /** Milliseconds after which propeller does not use a cached result any more; 0 for never. The settings' own when absent. */
  readonly maxCacheAge?: number;
  readonly scheduler?: SchedulerConfig;
  readonly limits?: LimitsConfig;
  /** Default: info. */
  readonly logLevel?: "info" | "warn" | "error";
}

/** Who runs which tasks. */
export interface PluginsConfig {
  /** Ids of those that run; all when absent. */
  readonly enabled?: readonly string[];
  /** Task type to plugin id, where several claim the type. */
  readonly defaultForTaskTypes?: Readonly<Record<string, string>>;
  readonly container?: { readonly defaultEnv?: Readonly<Record<string, string>> };
  /** Plugins of other packages: paths, or packages installed in the working directory. */
  readonly modules?: readonly PluginModuleConfig[];
  /** Servers of connectors; none when absent. */
  readonly connector?: Partial<ConnectorConfig>;
}

/** Where objects are kept. */
export type ObjectsConfig = FilesConfig | S3Config;

/** Files of this machine; admin serves them over S3's protocol on `port` of loopback. */
export interface FilesConfig {
  readonly store: "files";
  /** Default: objects in the data directory. Processes on one machine may share it. */
  readonly directory?: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** S3, or what speaks its protocol. */
export interface S3Config {
  readonly store: "s3";
  /** Where the engine reaches it: `http://minio:9000`; absent for AWS's own. */
  readonly endpoint?: string;
  /** In the URLs signed for clients. Default: the engine's. */
  readonly clientEndpoint?: string;
  /** What tasks are told. Default: the engine's. */
  readonly taskEndpoint?: string;
  readonly region?: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Of schedules of launch plans. */
export interface SchedulerConfig {
  /** Where the clock of cron expressions hangs that do not say it. Default: UTC. */
  readonly timeZone?: string;
  /** Executions launched in a second when many are due, and at once after a pause. Default: 100 and 10, as in Flyte. */
  readonly perSecond?: number;
  readonly burst?: number;
}

/** Sizes in bytes, times in milliseconds; 0 switches one off. */
export interface LimitsConfig {
  /** User nodes in one workflow. */
  readonly maxWorkflowNodes?: number;
  /** Nodes of one execution at a time, unless it says otherwise. */
  readonly maxParallelism?: number;
  /** Of arrays that have none of their own. */
  readonly arrayParallelism?: "unlimited" | "workflow" | "hybrid";
  readonly maxOutputSize?: number;
  /** Running time after which an execution is failed. */
  readonly executionDeadline?: number;
  /** What tasks ask for and may ask for: Kubernetes quantities. */
  readonly taskResources?: { readonly defaults?: ResourcesConfig; readonly limits?: ResourcesConfig };
}

export interface ResourcesConfig {
  readonly cpu?: string;
  readonly memory?: string;
  readonly gpu?: string;
  readonly ephemeralStorage?: string;
}

/** What the daemon writes to descriptor 3, one line of JSON, before it closes it. */
export type HostReport = { readonly ready: true; readonly pid: number } | { readonly ready: false; readonly error: HostFailure };

/** Why an engine did not start: what a FlyteError says. */
export interface HostFailure {
  readonly code: string;
  readonly blame: "usage" | "environment" | "bug";
  readonly message: string;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;
}
