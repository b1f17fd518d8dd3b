/** What the caller of start wants; undefined takes what the sandbox had last time, else the default. */
export interface SandboxPlan {
  readonly name: string;
  readonly backend: "auto" | "embedded" | "kind";
  readonly dataDir: string | undefined;
  readonly portBase: number | undefined;
  /** `sqlite`, or a postgres:// address, which may hold a password. */
  readonly database: string | undefined;
  readonly ephemeral: boolean;
  readonly python: string | undefined;
  /** Whether Python tasks are forked from interpreters kept warm. */
  readonly warm: boolean;
  /** The version of this package: a daemon of another one is told of. */
  readonly version: string;
}
