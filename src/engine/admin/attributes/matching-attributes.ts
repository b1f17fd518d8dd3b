import { flyteidl } from "../../../idl/flyteidl.ts";
import type { EntityId } from "../../../idl/identifiers.ts";
import type { PlatformResources, ResourceAmounts } from "../../../ports/workflow-store.ts";
import type { MatchableRow, MatchableScope } from "../../../ports/state-store.ts";
import type { EngineSettings } from "../../settings.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { scopeOf } from "./matchable-resource.ts";
import type { MatchableResourceName } from "./matchable-resource.ts";

/** The matchable resources that hold for an execution. */
export interface ExecutionAttributes {
  /** In the order in which they fill in what is open: the most specific one, then the project's own. */
  readonly configs: readonly flyteidl.admin.WorkflowExecutionConfig.$Properties[];
  readonly pluginOverrides: readonly flyteidl.admin.PluginOverride.$Properties[];
  readonly clusterAssignment: flyteidl.admin.ClusterAssignment.$Properties | undefined;
  readonly taskResources: PlatformResources;
}

/** What holds for an execution of `workflow` in a project and domain, launched by a plan of that name. */
export async function attributesOfExecution(
  deps: Pick<AdminDeps, "state" | "settings">,
  { project, domain }: { readonly project: string; readonly domain: string },
  workflow: EntityId,
  launchPlan: string,
): Promise<ExecutionAttributes> {
  const rows = await deps.state.read.matchables.match(scopeOf(project, domain, workflow.name, launchPlan));
  const within = (scope: MatchableScope): readonly MatchableRow[] => rows.filter((row) => holdsIn(row, scope));
  const configs = [within(scopeOf(project, domain, workflow.name)), within(scopeOf(project))].map(
    (some) => first(some, "WORKFLOW_EXECUTION_CONFIG")?.workflowExecutionConfig,
  );
  const ofWorkflow =
    workflow.project === project && workflow.domain === domain ? within(scopeOf(project, domain, workflow.name)) : undefined;
  return {
    configs: configs.filter((config) => config != null),
    pluginOverrides: first(rows, "PLUGIN_OVERRIDE")?.pluginOverrides?.overrides ?? [],
    clusterAssignment: clusterAssignmentOf(within(scopeOf(project, domain))),
    taskResources: ofWorkflow
      ? taskResourcesOf(ofWorkflow, deps.settings)
      : await platformResources(deps, scopeOf(workflow.project, workflow.domain, workflow.name)),
  };
}

/** Defaults and limits of what tasks ask for in a scope: a record's, which replaces both, else the settings'. */
export async function platformResources(deps: Pick<AdminDeps, "state" | "settings">, scope: MatchableScope): Promise<PlatformResources> {
  return taskResourcesOf(await deps.state.read.matchables.match(scope), deps.settings);
}

/** The cluster pool that rows of a project and domain, in order of precedence, assign their executions to. */
export function clusterAssignmentOf(rows: readonly MatchableRow[]): flyteidl.admin.ClusterAssignment.$Properties | undefined {
  return first(rows, "CLUSTER_ASSIGNMENT")?.clusterAssignment ?? undefined;
}

function taskResourcesOf(rows: readonly MatchableRow[], settings: Pick<EngineSettings, "taskResources">): PlatformResources {
  const attributes = first(rows, "TASK_RESOURCE")?.taskResourceAttributes;
  if (attributes == null) return settings.taskResources;
  return { defaults: amountsOf(attributes.defaults), limits: amountsOf(attributes.limits) };
}

const amountsOf = (spec: flyteidl.admin.TaskResourceSpec.$Properties | null | undefined): ResourceAmounts => ({
  cpu: spec?.cpu ?? "",
  memory: spec?.memory ?? "",
  gpu: spec?.gpu ?? "",
  ephemeralStorage: spec?.ephemeralStorage ?? "",
});

/** Of rows in order of precedence. */
function first(
  rows: readonly MatchableRow[],
  resourceType: MatchableResourceName,
): flyteidl.admin.MatchingAttributes.$Properties | undefined {
  const row = rows.find((one) => one.resourceType === resourceType);
  return row && flyteidl.admin.MatchingAttributes.decode(row.attributes);
}

/** Whether a row, known to hold in a narrower scope, holds in this one as well. */
const holdsIn = (row: MatchableRow, scope: MatchableScope): boolean =>
  (["project", "domain", "workflow", "launchPlan"] as const).every((part) => row[part] === "" || row[part] === scope[part]);
