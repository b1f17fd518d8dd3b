/** A task ready to be started: everything resolved, secrets included, so it is never written down. */
export interface LaunchRequest {
  /** The attempt's directory: started.json, log and exit.json go there. */
  readonly directory: string;
  readonly interpreter: string;
  /** Absolute path of the file to execute. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Variables whose values are this attempt's alone: secrets, and what the backend makes for it. */
  readonly privateNames: readonly string[];
  readonly marker: string;
  /** The attempt's TMPDIR, which its parent removes at the end. */
  readonly scratch: string;
  /** What the task has under paths of its own, by the attempt's parent, and whether that is made durable at the end; `staging` is an empty directory for that, `hint` what helps where it cannot. */
  readonly mounts?: readonly { readonly source: string; readonly target: string; readonly isOutput: boolean }[];
  readonly staging?: string;
  readonly mountsHint?: string;
  readonly timeoutSeconds?: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceSeconds: number;
  /** Bytes of the log kept from its beginning, and from its end when there is more. */
  readonly logLimit: number;
  readonly logTail: number;
}

/** Starts tasks under a parent that outlives this process and writes started.json and exit.json. */
export interface Launcher {
  /** Resolves when the parent runs; rejects when it cannot be started. `gone` is called when it has ended, by whatever cause. */
  launch(request: LaunchRequest, gone: (how: string) => void): Promise<void>;
  /** Lets go of what it keeps to start tasks with; what it started goes on. */
  close?(): void;
}
