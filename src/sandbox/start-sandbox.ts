import { FlyteError } from "../std/errors.ts";
import { isPostgresUrl, postgresPlace } from "../std/postgres-url.ts";
import { pickBackend } from "./pick-backend.ts";
import type { Endpoints, Tell } from "./sandbox-event.ts";
import { sandboxPaths } from "./sandbox-paths.ts";
import type { SandboxPlan } from "./sandbox-plan.ts";
import { readRecord } from "./sandbox-record.ts";

/** Brings a local deployment up, or finds it up; resolves when GetVersion is answered. Idempotent. */
export async function startSandbox(plan: SandboxPlan, tell: Tell, signal: AbortSignal): Promise<Endpoints> {
  const paths = sandboxPaths(plan.name);
  checkDatabase(plan.database);
  const other = process.env["FLYTECTL_CONFIG"];
  if (other && other !== paths.config) {
    tell({
      type: "warning",
      message: `FLYTECTL_CONFIG names ${other}, which wins over this sandbox's configuration: export FLYTECTL_CONFIG=${paths.config}`,
    });
  }
  const backend = await pickBackend(plan, await readRecord(plan.name), tell);
  return backend.start(plan, tell, signal);
}

function checkDatabase(database: string | undefined): void {
  if (database === undefined || database === "sqlite") return;
  if (isPostgresUrl(database)) {
    postgresPlace(database);
    return;
  }
  throw new FlyteError({
    code: "SANDBOX_DATABASE_UNAVAILABLE",
    blame: "usage",
    message: "tables can be kept in the built-in SQLite or in a Postgres database, and --database names neither",
    hint: "leave --database out, or write postgres://user:password@host:5432/database",
  });
}
