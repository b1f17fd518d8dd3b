export interface SecretRequest {
  readonly group: string;
  readonly key: string;
  /** ANY lets the backend choose. */
  readonly mount: "ANY" | "ENV_VAR" | "FILE";
  /** One more variable that is to hold the value. */
  readonly envVar?: string;
}

/** Kubernetes quantities, e.g. `500m`, `1Gi`. */
export interface ComputeResources {
  readonly cpu?: string;
  readonly memory?: string;
  readonly gpu?: string;
}

/** A directory of this machine that an attempt has among its own. */
export interface ComputeDirectory {
  /** On this machine. Whoever makes the attempt makes it before, and removes it after the attempt. */
  readonly host: string;
  /** In the attempt; absolute. */
  readonly path: string;
  /** What the attempt has left in it is here once it has ended; else the attempt finds in it what is here. */
  readonly isOutput: boolean;
}

/** One attempt of one task, ready to run. */
export interface ComputeSpec {
  /** Unique; the attempt's generated name. The same name again is the same work. */
  readonly name: string;
  /** `project`, `domain`, `execution`, `node`, `attempt`, `task`; also where a stranger finds it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  /** Rendered, program first. */
  readonly command: readonly string[];
  /** How many words of `command` take the place of the image's entry point; the others are its arguments. All when absent. */
  readonly entryPointWords?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretRequest[];
  readonly directories?: readonly ComputeDirectory[];
  /** What it asks for. */
  readonly resources: ComputeResources;
  /** What it may take at most, where that can be enforced. */
  readonly limits?: ComputeResources;
  /** It mostly waits for other attempts, which need the places that there are: it takes none of them. */
  readonly waitsForOthers?: boolean;
  /** Counts from the start of the process; undefined for none. */
  readonly timeoutSeconds?: number;
}

export interface ResourceUse {
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
}

export type ComputeStatus =
  /** Accepted, not started: `reason` says what it waits for. Once its image has been fetched for it, it is `initializing`. */
  | { readonly state: "WAITING"; readonly reason: string; readonly initializing?: boolean }
  /** `startedAt` in epoch milliseconds. */
  | { readonly state: "RUNNING"; readonly startedAt: number }
  /** Ended, durably recorded. `signal` when a signal ended it. */
  | {
      readonly state: "EXITED";
      readonly exitCode: number;
      readonly signal?: string;
      readonly startedAt: number;
      readonly finishedAt: number;
      readonly use?: ResourceUse;
      /** The backend ended it because `timeoutSeconds` had passed. */
      readonly timedOut?: boolean;
      /** It took more memory than its limit. */
      readonly outOfMemory?: boolean;
      /** It ended while nobody was there, of whom it may have needed something: its inputs, a place for its outputs. */
      readonly unattended?: boolean;
    }
  /**
   * Could not be started, for a reason that another try will not mend (e.g. no such program), unless it is `retryable`.
   * `hint` says what would; `code` is Flyte's, where it has one.
   */
  | { readonly state: "REFUSED"; readonly reason: string; readonly hint?: string; readonly code?: string; readonly retryable?: boolean }
  /** Was started and has left neither a process nor a result. */
  | { readonly state: "LOST"; readonly reason: string };

/** Where attempts run. All calls are idempotent; none blocks for the length of an attempt. */
export interface ComputeBackend {
  readonly id: string;
  /** Whether attempts can read and write paths of this machine. */
  readonly sharesFiles: boolean;
  /** Resolves when the work is accepted and would survive a crash of this process. Known names are left alone. */
  create(spec: ComputeSpec): Promise<void>;
  /** Undefined for names never created, or removed. */
  status(name: string): Promise<ComputeStatus | undefined>;
  /** Names of what carries all the given labels. */
  list(labels: Readonly<Record<string, string>>): Promise<readonly string[]>;
  /** Output so far (stdout and stderr together); with `follow`, what comes until the end. Empty for unknown names. */
  logs(name: string, options?: { readonly follow?: boolean; readonly signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  /** Ends what runs, with all it started, and forgets it, but for its log. Unknown names are fine. */
  remove(name: string): Promise<void>;
  /** Called after every change of a status, with the spec's name and labels. The returned function unsubscribes. */
  subscribe(listener: (name: string, labels: Readonly<Record<string, string>>) => void): () => void;
}
