/** What bringing a sandbox up or down tells while it happens; somebody else draws it. */
export type SandboxEvent =
  /** What is to come, told first where it takes long. */
  | { readonly type: "steps"; readonly steps: readonly SandboxStep[] }
  | { readonly type: "step"; readonly step: string; readonly status: "running" | "done" | "failed"; readonly message: string }
  | { readonly type: "warning"; readonly message: string };

export interface SandboxStep {
  readonly id: string;
  readonly title: string;
}

export type Tell = (event: SandboxEvent) => void;

/** Where a running sandbox is reached. The shape of `sandbox start --json`. */
export interface Endpoints {
  readonly name: string;
  readonly backend: "embedded" | "kind";
  /** `localhost:30080`: gRPC and HTTP. */
  readonly admin: string;
  /** The console's URL. */
  readonly console: string;
  readonly blob: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string; readonly bucket: string };
  readonly dataDir: string;
  /** What tasks of an embedded sandbox are: processes of this machine, or containers of a Docker engine. */
  readonly compute?: "local" | "docker";
  readonly docker?: { readonly address: string; readonly version?: string };
  /** Where tables are, without the password, when that is not the data directory. */
  readonly database?: string;
  /** The client configuration file that was written, in flytectl's format. */
  readonly config: string;
  /** The daemon's; a sandbox on kind has none. */
  readonly pid?: number;
  /** Postgres of a sandbox on kind. */
  readonly postgres?: { readonly endpoint: string; readonly user: string; readonly password: string; readonly database: string };
  /** `localhost:30000`, of a sandbox on kind that has a registry: images pushed there are tasks' under the same name. */
  readonly registry?: string;
  /** Of a sandbox on kind. */
  readonly kubeconfig?: string;
}
