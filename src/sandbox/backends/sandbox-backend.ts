import type { Endpoints, Tell } from "../sandbox-event.ts";
import type { SandboxPlan } from "../sandbox-plan.ts";
import type { SandboxRecord } from "../sandbox-record.ts";

/** One way to bring a local deployment up. */
export interface SandboxBackend {
  readonly id: "embedded" | "kind";
  /** Why it cannot be used on this machine; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  /** Resolves when the deployment serves; a running one is left alone. */
  start(plan: SandboxPlan, tell: Tell): Promise<Endpoints>;
  /** Undefined when it does not run. */
  running(record: SandboxRecord): Promise<Endpoints | undefined>;
  /** Data is kept. */
  stop(record: SandboxRecord): Promise<void>;
}
