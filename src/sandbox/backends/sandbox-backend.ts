import type { Endpoints, Tell } from "../sandbox-event.ts";
import type { LogOptions } from "../log-options.ts";
import type { SandboxPlan } from "../sandbox-plan.ts";
import type { SandboxRecord } from "../sandbox-record.ts";

/** One way to bring a local deployment up. */
export interface SandboxBackend {
  readonly id: "embedded" | "kind";
  /** Resolves when the deployment serves; a running one is left alone. */
  start(plan: SandboxPlan, tell: Tell, signal: AbortSignal): Promise<Endpoints>;
  /** Undefined when it does not run. */
  running(record: SandboxRecord): Promise<Endpoints | undefined>;
  /** Data is kept. Resolves with whether it ran. */
  stop(record: SandboxRecord): Promise<boolean>;
  /** Removes the data, and all that the sandbox has outside of its directories. It is stopped. */
  remove(record: SandboxRecord): Promise<void>;
  /** What the engine has written to its log. */
  logs(record: SandboxRecord, options: LogOptions): AsyncGenerator<string>;
}
