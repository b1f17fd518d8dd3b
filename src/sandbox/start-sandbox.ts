import { FlyteError } from "../std/errors.ts";
import { pickBackend } from "./pick-backend.ts";
import type { Endpoints, Tell } from "./sandbox-event.ts";
import { sandboxPaths } from "./sandbox-paths.ts";
import type { SandboxPlan } from "./sandbox-plan.ts";

/** Brings a local deployment up, or finds it up; resolves when GetVersion is answered. Idempotent. */
export async function startSandbox(plan: SandboxPlan, tell: Tell): Promise<Endpoints> {
  const paths = sandboxPaths(plan.name);
  if (plan.database !== undefined && plan.database !== "sqlite") {
    throw new FlyteError({
      code: "SANDBOX_DATABASE_UNAVAILABLE",
      blame: "usage",
      message: "only the built-in SQLite database can be used so far",
      hint: "leave --database out",
    });
  }
  const other = process.env["FLYTECTL_CONFIG"];
  if (other && other !== paths.config) {
    tell({
      type: "warning",
      message: `FLYTECTL_CONFIG names ${other}, which wins over this sandbox's configuration: export FLYTECTL_CONFIG=${paths.config}`,
    });
  }
  return pickBackend(plan, tell).start(plan, tell);
}
