import { hasStatus } from "../idl/status.ts";
import type { StatusError } from "../idl/status.ts";
import { FlyteError } from "../std/errors.ts";
import { checkScope } from "./check-scope.ts";
import type { Deployment } from "./deployment.ts";
import { HintedRefusal } from "./hinted-refusal.ts";
import { runningSandboxes } from "./running-sandboxes.ts";
import type { Scope } from "./target.ts";

/**
 * An error with what this machine and the deployment know about its cause: sandboxes that run where nothing listens at the
 * endpoint, a project or domain that does not exist, a URN that was read otherwise than meant. The error itself else.
 */
export async function explainFailure(
  error: unknown,
  asked: { readonly deployment: Deployment; readonly argv: readonly string[]; readonly home: string },
): Promise<unknown> {
  if (error instanceof FlyteError && error.code === "ENDPOINT_UNREACHABLE") return withSandboxes(error, asked.deployment, asked.home);
  if (hasStatus(error, "NOT_FOUND")) return explainMissing(error, asked);
  const filters = /filter/i.test(error instanceof Error ? error.message : "") && asked.argv.some((one) => one.startsWith("--filter"));
  if (!hasStatus(error, "INVALID_ARGUMENT") || !filters) return error;
  return new HintedRefusal(
    error,
    "filter by FUNCTION(FIELD,VALUE), e.g. 'eq(phase,FAILED)'; fields are phase, name, version, created_at and the like, of others by launch_plan.name, workflow.name, task.name",
  );
}

/** The error of a deployment that is not there: how the sandboxes that do run are reached. */
async function withSandboxes(error: FlyteError, deployment: Deployment, home: string): Promise<FlyteError> {
  const running = runningSandboxes(home);
  if (running.length === 0 || deployment.source === "--sandbox") return error;
  const flags = running.map((name) => (name === "flyte" ? "--sandbox" : `--sandbox=${name}`));
  const config = `export FLYTECTL_CONFIG=${home}/.flyte/sandboxes/${running[0]}/config.yaml`;
  return new FlyteError({
    code: "ENDPOINT_UNREACHABLE",
    blame: "deployment",
    message: `${error.message} (the endpoint is from ${deployment.source})`,
    hint: `${running.length === 1 ? `the sandbox ${running[0]} runs` : `the sandboxes ${running.join(", ")} run`}: add ${flags.join(" or ")}, or once: ${config}`,
    details: { ...error.details, sandboxes: running },
    cause: error,
  });
}

async function explainMissing(
  error: StatusError,
  { deployment, argv }: { readonly deployment: Deployment; readonly argv: readonly string[] },
): Promise<unknown> {
  const words = argv.filter((word) => !word.startsWith("-"));
  const scopes = words.flatMap((word) => scopeOf(word) ?? []);
  try {
    for (const scope of [...scopes, deployment]) await checkScope(deployment.admin, scope);
  } catch (unknown) {
    return unknown instanceof FlyteError && unknown.code !== "ENDPOINT_UNREACHABLE" ? unknown : error;
  }
  const short = words.find((word) => /^(wf|tsk|lp):[^:]+:[^:]+$/.test(word));
  if (short === undefined) return error;
  const [prefix = "", name = "", version = ""] = short.split(":");
  return new HintedRefusal(
    error,
    `${short} was read as version ${version} of ${name}; with a project a URN names the domain too: ${prefix}:PROJECT:DOMAIN:NAME[:VERSION]`,
  );
}

function scopeOf(word: string): Scope | undefined {
  const [, project, domain] = /^(?:wf|tsk|lp|ex|te|ne(?=(?::[^:]+){4}$)):([^:]+):([^:]+):[^:]/.exec(word) ?? [];
  return project !== undefined && domain !== undefined ? { project, domain } : undefined;
}
