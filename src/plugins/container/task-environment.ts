import type { TaskContext } from "../../ports/task-plugin.ts";

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
function identityVariables({ id, workflow, launchPlan }: TaskContext): Record<string, string> {
  const { task } = id;
  const { project, domain, name } = id.node.execution;
  const workflowName = `${workflow.project}:${workflow.domain}:${workflow.name}`;
  const variables: Record<string, string> = {
    FLYTE_INTERNAL_EXECUTION_WORKFLOW: workflowName,
    FLYTE_INTERNAL_EXECUTION_ID: name,
    FLYTE_INTERNAL_EXECUTION_PROJECT: project,
    FLYTE_INTERNAL_EXECUTION_DOMAIN: domain,
    FLYTE_ATTEMPT_NUMBER: String(id.retryAttempt),
    FLYTE_INTERNAL_TASK_PROJECT: task.project,
    FLYTE_INTERNAL_TASK_DOMAIN: task.domain,
    FLYTE_INTERNAL_TASK_NAME: task.name,
    FLYTE_INTERNAL_TASK_VERSION: task.version,
    FLYTE_INTERNAL_PROJECT: task.project,
    FLYTE_INTERNAL_DOMAIN: task.domain,
    FLYTE_INTERNAL_NAME: task.name,
    FLYTE_INTERNAL_VERSION: task.version,
    _F_PRJ: project,
    _F_DM: domain,
    _F_NM: name,
    _F_WF: workflowName,
    _F_TK_PRJ: task.project,
    _F_TK_DM: task.domain,
    _F_TK_NM: task.name,
    _F_TK_V: task.version,
  };
  if (launchPlan) {
    const launchPlanName = `${launchPlan.project}:${launchPlan.domain}:${launchPlan.name}`;
    variables["FLYTE_INTERNAL_EXECUTION_LAUNCHPLAN"] = launchPlanName;
    variables["_F_LP"] = launchPlanName;
  }
  return variables;
}
