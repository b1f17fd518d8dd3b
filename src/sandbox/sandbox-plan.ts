/** What the caller of start wants; undefined takes what the sandbox had last time, else the default. */
export interface SandboxPlan {
  readonly name: string;
  readonly backend: "auto" | "embedded" | "kind";
  /** What says so: `--backend`, or a project's file. */
  readonly backendSource: string;
  /** What tasks of an embedded sandbox are: processes of this machine, or containers. */
  readonly compute: "local" | "docker" | undefined;
  /** What says so: `--compute`, or a project's file. */
  readonly computeSource: string;
  readonly dataDir: string | undefined;
  readonly portBase: number | undefined;
  /** `sqlite`, or a postgres:// address, which may hold a password. */
  readonly database: string | undefined;
  readonly ephemeral: boolean;
  readonly python: string | undefined;
  /** Modules with task plugins, paths or packages installed here; `none` for none. */
  readonly plugins: readonly string[] | undefined;
  /** `host:port` of servers of connectors; `none` for none. */
  readonly connectors: readonly string[] | undefined;
  /** Whether Python tasks are forked from interpreters kept warm. */
  readonly warm: boolean;
  /** Of a sandbox on kind. */
  readonly kind: KindPlan;
  /** The version of this package: a daemon of another one is told of. */
  readonly version: string;
}

export interface KindPlan {
  readonly image: string | undefined;
  readonly engineImage: string | undefined;
  readonly postgresImage: string | undefined;
  readonly minioImage: string | undefined;
  readonly registryImage: string | undefined;
  /** A file. */
  readonly config: string | undefined;
  /** Directories of this machine. */
  readonly mounts: readonly string[] | undefined;
  /** For each step. */
  readonly timeoutMs: number;
  /** Leave what a failed start has made. */
  readonly retain: boolean;
}
