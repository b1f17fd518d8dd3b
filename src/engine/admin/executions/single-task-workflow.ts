import { flyteidl } from "../../../idl/flyteidl.ts";
import { identifierOf } from "../../../idl/identifiers.ts";
import type { EntityId } from "../../../idl/identifiers.ts";
import { singleTaskNodeId, singleTaskWorkflowName } from "../../../idl/names.ts";
import { StatusError, hasStatus } from "../../../idl/status.ts";
import type { TaskTemplate, WorkflowTemplate } from "../../../idl/types.ts";
import type { LaunchPlanRow, TaskRow, WorkflowRow } from "../../../ports/state-store.ts";
import { rowTimeOf } from "../../events/row-time.ts";
import type { AdminDeps } from "../admin-deps.ts";
import { entityMissing } from "../entities/get-entity.ts";
import { registerLaunchPlan } from "../registration/create-launch-plan.ts";
import { descriptionOf } from "../registration/insert-description.ts";
import { registerWorkflow } from "../registration/create-workflow.ts";

const { ResourceType } = flyteidl.core;
const systemGenerated = flyteidl.admin.NamedEntityState.SYSTEM_GENERATED;
/** Of a task that says nothing about retries; one that says 0 is not tried again. */
const defaultRetries = 3;

/** The workflow of one node that runs a task by itself, and its launch plan: made once for each version of the task. */
export async function singleTaskWorkflow(
  deps: AdminDeps,
  taskId: EntityId,
): Promise<{ readonly task: TaskRow; readonly workflow: WorkflowRow; readonly plan: LaunchPlanRow }> {
  const { read } = deps.state;
  const task = await read.tasks.get(taskId);
  if (task === undefined) throw entityMissing("TASK", taskId);
  const id: EntityId = { ...taskId, name: singleTaskWorkflowName(taskId.name) };
  if ((await read.launchPlans.get(id)) === undefined) await generate(deps, id, taskId, task);
  const workflow = await read.workflows.get(id);
  const plan = await read.launchPlans.get(id);
  if (workflow === undefined || plan === undefined) throw new StatusError("INTERNAL", `${id.name} was made and is not there`);
  return { task, workflow, plan };
}

async function generate(deps: AdminDeps, id: EntityId, taskId: EntityId, task: TaskRow): Promise<void> {
  const template = flyteidl.admin.TaskClosure.decode(task.closure).compiledTask?.template ?? {};
  // The launch plan comes last: where it is, all is.
  await markGenerated(deps, id);
  await unlessThere(registerWorkflow(deps, id, templateFor(id, taskId, template), [], descriptionOf(undefined)));
  await unlessThere(registerLaunchPlan(deps, id, { workflowId: identifierOf("WORKFLOW", id), entityMetadata: {} }));
}

/** Before there is any version, when nobody can see them yet; what people made of an earlier version's mark stays. */
async function markGenerated(deps: AdminDeps, { project, domain, name }: EntityId): Promise<void> {
  const now = rowTimeOf(deps.clock.now());
  await deps.state.write(async (writer) => {
    for (const resourceType of [ResourceType.WORKFLOW, ResourceType.LAUNCH_PLAN]) {
      if (await writer.namedEntities.get(resourceType, { project, domain, name })) continue;
      await writer.namedEntities.upsert({ resourceType, project, domain, name, description: "", state: systemGenerated }, now);
    }
  });
}

/** Two callers may make it at the same time. */
async function unlessThere(registration: Promise<void>): Promise<void> {
  await registration.catch((thrown: unknown) => {
    if (!hasStatus(thrown, "ALREADY_EXISTS")) throw thrown;
  });
}

function templateFor(id: EntityId, taskId: EntityId, task: TaskTemplate): WorkflowTemplate {
  const nodeId = singleTaskNodeId(taskId.name);
  const bind = (names: readonly string[], from: string) =>
    names.map((name) => ({ var: name, binding: { promise: { nodeId: from, var: name } } }));
  return {
    id: identifierOf("WORKFLOW", id),
    interface: task.interface ?? {},
    nodes: [
      {
        id: nodeId,
        metadata: { name: nodeId, retries: task.metadata?.retries ?? { retries: defaultRetries } },
        inputs: bind(Object.keys(task.interface?.inputs?.variables ?? {}).sort(), ""),
        taskNode: { referenceId: identifierOf("TASK", taskId) },
      },
    ],
    outputs: bind(Object.keys(task.interface?.outputs?.variables ?? {}).sort(), nodeId),
  };
}
