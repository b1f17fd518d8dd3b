import { flyteidl } from "../../../idl/flyteidl.ts";
import { entityIdOf } from "../../../idl/identifiers.ts";
import { StatusError } from "../../../idl/status.ts";
import type { ExecutionSpec, LiteralMap, ParameterMap } from "../../../idl/types.ts";
import type { WorkflowRow } from "../../../ports/state-store.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { entityMissing } from "../entities/get-entity.ts";
import { singleTaskWorkflow } from "./single-task-workflow.ts";

/** What an execution launches. */
export interface LaunchTarget {
  readonly workflow: WorkflowRow;
  readonly launchPlanKey: number | null;
  readonly taskKey: number | null;
  readonly launchEntity: "launch_plan" | "task";
  readonly expectedInputs: ParameterMap;
  readonly fixedInputs: LiteralMap | null | undefined;
  /** The plan's. */
  readonly notifications: readonly flyteidl.admin.Notification.$Properties[];
}

/** The launch plan that a spec names, or the workflow made for its task; NOT_FOUND when there is none. */
export async function launchTarget(deps: AdminDeps, spec: ExecutionSpec): Promise<LaunchTarget> {
  const id = entityIdOf(spec.launchPlan);
  if (spec.launchPlan?.resourceType === flyteidl.core.ResourceType.TASK) {
    const { task, workflow, plan } = await singleTaskWorkflow(deps, id);
    const expectedInputs = flyteidl.admin.LaunchPlanClosure.decode(plan.closure).expectedInputs ?? {};
    return { workflow, launchPlanKey: null, taskKey: task.key, launchEntity: "task", expectedInputs, fixedInputs: null, notifications: [] };
  }
  const plan = await deps.state.read.launchPlans.get(id);
  if (plan === undefined) throw entityMissing("LAUNCH_PLAN", id);
  const workflow = await deps.state.read.workflows.getByKey(plan.workflowKey);
  if (workflow === undefined) throw new StatusError("INTERNAL", `the workflow of launch plan ${id.name} is not there`);
  const planSpec = flyteidl.admin.LaunchPlanSpec.decode(plan.spec);
  return {
    workflow,
    launchPlanKey: plan.key,
    taskKey: null,
    launchEntity: "launch_plan",
    expectedInputs: flyteidl.admin.LaunchPlanClosure.decode(plan.closure).expectedInputs ?? {},
    fixedInputs: planSpec.fixedInputs,
    notifications: planSpec.entityMetadata?.notifications ?? [],
  };
}
