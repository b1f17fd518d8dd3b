import { flyteidl } from "../../../idl/flyteidl.ts";
import { StatusError } from "../../../idl/status.ts";
import { readBlob } from "../../../ports/read-blob.ts";
import type { ExecutionRow } from "../../../ports/state-store.ts";
import type { WorkflowConfig, WorkflowSpec } from "../../../ports/workflow-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { attributesOfExecution } from "../attributes/matching-attributes.ts";
import type { ExecutionAttributes } from "../attributes/matching-attributes.ts";
import { largestClosure } from "../entities/get-entity.ts";
import { closureWithResources } from "./closure-with-resources.ts";
import { mergeExecutionSpec } from "./merge-execution-spec.ts";

/** What propeller is given for an execution: made of its row and what that refers to, so that it can be made again after a crash. */
export async function workflowSpecOf(
  deps: AdminDeps,
  row: Pick<ExecutionRow, "id" | "workflowKey" | "launchPlanKey" | "spec" | "inputsUri" | "createdAt">,
): Promise<WorkflowSpec> {
  const { read } = deps.state;
  const workflow = row.workflowKey === null ? undefined : await read.workflows.getByKey(row.workflowKey);
  const plan = row.launchPlanKey === null ? undefined : await read.launchPlans.getByKey(row.launchPlanKey);
  if (workflow === undefined) throw new StatusError("INTERNAL", `the workflow of execution ${row.id.name} is not there`);
  const [project, attributes, closure] = await Promise.all([
    read.projects.get(row.id.project),
    attributesOfExecution(deps, row.id, workflow, plan?.name ?? ""),
    readBlob(deps.blobs, workflow.remoteClosureIdentifier, largestClosure),
  ]);
  const spec = flyteidl.admin.ExecutionSpec.decode(row.spec);
  mergeExecutionSpec(spec, {
    plan: plan && flyteidl.admin.LaunchPlanSpec.decode(plan.spec),
    attributes,
    projectLabels: project ? (flyteidl.admin.Labels.decode(project.labels).values ?? {}) : {},
    settings: deps.settings,
  });
  return {
    id: row.id,
    closure: closureWithResources(closure, attributes.taskResources),
    executionSpec: flyteidl.admin.ExecutionSpec.encode(spec).finish(),
    config: configOf(attributes),
    inputsUri: row.inputsUri,
    createdAt: Date.parse(row.createdAt),
  };
}

function configOf({ pluginOverrides, taskResources }: ExecutionAttributes): WorkflowConfig {
  const { USE_DEFAULT } = flyteidl.admin.PluginOverride.MissingPluginBehavior;
  return {
    pluginOverrides: pluginOverrides.map((override) => ({
      taskType: override.taskType ?? "",
      pluginIds: override.pluginId ?? [],
      mayFallBack: override.missingPluginBehavior === USE_DEFAULT,
    })),
    taskResources,
  };
}
