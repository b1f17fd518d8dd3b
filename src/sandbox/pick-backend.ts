import { FlyteError } from "../std/errors.ts";
import { backendOf } from "./backend-of.ts";
import type { SandboxBackend } from "./backends/sandbox-backend.ts";
import type { Tell } from "./sandbox-event.ts";
import type { SandboxPlan } from "./sandbox-plan.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

type Id = SandboxBackend["id"];

/**
 * The backend that was asked for; else the one the sandbox is on, else the best there is, which is told with its reason.
 * SANDBOX_BACKEND_FIXED when the sandbox is on another than the one that was asked for.
 */
export async function pickBackend(plan: SandboxPlan, kept: SandboxRecord | undefined, tell: Tell): Promise<SandboxBackend> {
  if (plan.backend !== "auto") {
    if (kept && kept.backend !== plan.backend) throw fixed(plan, kept);
    if (plan.backend === "kind") refuseCompute(plan);
    return backendOf({ backend: plan.backend });
  }
  if (kept?.backend === "kind") refuseCompute(plan);
  const [backend, why] = kept ? ([kept.backend, "as last time"] as const) : await best(plan);
  tell({ type: "step", step: "backend", status: "done", message: `Backend ${backend} (auto: ${why})` });
  return backendOf({ backend });
}

async function best(plan: SandboxPlan): Promise<readonly [Id, string]> {
  if (plan.python !== undefined) return ["embedded", "--python names an interpreter of this machine"];
  if (plan.plugins !== undefined) return ["embedded", "--plugin names a module of this machine"];
  if (plan.database !== undefined) return ["embedded", "--database names where tables are kept"];
  if (plan.compute !== undefined) return ["embedded", `${plan.computeSource} says what its tasks are: ${plan.compute}`];
  const { kindUnusable } = await import("./backends/kind/kind-unusable.ts");
  const reason = await kindUnusable(plan);
  return reason === undefined ? ["kind", "a Docker engine and kind answer"] : ["embedded", reason];
}

/** A project's file may say it for when its sandbox is embedded. */
function refuseCompute({ name, compute, computeSource }: SandboxPlan): void {
  if (compute === undefined || computeSource !== "--compute") return;
  throw new FlyteError({
    code: "SANDBOX_COMPUTE_KIND",
    blame: "usage",
    message: `tasks of "${name}" are pods of its cluster: --compute ${compute} is for the embedded backend`,
    hint: "leave --compute out, or take another sandbox with --backend embedded --name NAME",
    details: { name, compute },
  });
}

function fixed({ name, backend, backendSource }: SandboxPlan, kept: SandboxRecord): FlyteError {
  const named = name === "flyte" ? "" : ` --name ${name}`;
  return new FlyteError({
    code: "SANDBOX_BACKEND_FIXED",
    blame: "usage",
    message: `"${name}" is on the ${kept.backend} backend, where its data are, and ${backendSource} asks for ${backend}`,
    hint: `take another name with --name; or give its data up: flyte sandbox stop${named} --delete-data`,
    details: { name, backend: kept.backend },
  });
}
