import type { TaskContext } from "../../ports/task-plugin.ts";
import { executionVariables, taskVariables } from "../machinery/identity-variables.ts";

/** How a running task reaches this deployment. */
export interface TaskEndpoints {
  /** `host:port` of admin's gRPC, or a URL; plain text unless it begins with `https://`. */
  readonly adminEndpoint: string;
  /** URL of the object store's S3 protocol; empty when tasks use another store's own. */
  readonly blobEndpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

/**
 * The variables of a task; each later source wins: how to reach the deployment (so that a task may point elsewhere), the
 * task's own, what tells flytekit where it runs, the execution's, the configured defaults. The order is Flyte's.
 */
export function taskEnvironment(
  context: TaskContext,
  own: Readonly<Record<string, string>>,
  endpoints: TaskEndpoints,
  defaults: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...endpointVariables(endpoints), ...own, ...identityVariables(context), ...context.env, ...defaults };
}

/** What a task is told of its deployment; nothing of what is empty. */
export function endpointVariables(endpoints: TaskEndpoints): Record<string, string> {
  const variables: Record<string, string> = {};
  if (endpoints.adminEndpoint !== "") {
    variables["FLYTE_PLATFORM_URL"] = endpoints.adminEndpoint.replace(/^https?:\/\//, "");
    variables["FLYTE_PLATFORM_INSECURE"] = String(!endpoints.adminEndpoint.startsWith("https://"));
  }
  if (endpoints.blobEndpoint !== "") {
    // flytekit's own names: the usual AWS_… would also turn the user's AWS clients to our store.
    variables["FLYTE_AWS_ENDPOINT"] = endpoints.blobEndpoint;
    variables["FLYTE_AWS_ACCESS_KEY_ID"] = endpoints.accessKey;
    variables["FLYTE_AWS_SECRET_ACCESS_KEY"] = endpoints.secretKey;
  }
  return variables;
}

/** Flyte's names, the two that flytekit knows besides, and the short forms that flytekit reads as well. */
function identityVariables(context: TaskContext): Record<string, string> {
  const { id, workflow, launchPlan } = context;
  const { task } = id;
  const { project, domain, name } = id.node.execution;
  const launchPlanName = launchPlan && `${launchPlan.project}:${launchPlan.domain}:${launchPlan.name}`;
  return {
    ...executionVariables(context),
    ...taskVariables(context),
    _F_PRJ: project,
    _F_DM: domain,
    _F_NM: name,
    _F_WF: `${workflow.project}:${workflow.domain}:${workflow.name}`,
    _F_TK_PRJ: task.project,
    _F_TK_DM: task.domain,
    _F_TK_NM: task.name,
    _F_TK_V: task.version,
    ...(launchPlanName && { FLYTE_INTERNAL_EXECUTION_LAUNCHPLAN: launchPlanName, _F_LP: launchPlanName }),
  };
}
