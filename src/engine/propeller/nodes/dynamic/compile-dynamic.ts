import { compileTask } from "../../../../compiler/compile-task.ts";
import { compileWorkflow } from "../../../../compiler/compile-workflow.ts";
import { entityIdOf } from "../../../../idl/identifiers.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { fnv1a } from "../../../../idl/fnv.ts";
import { identifierText } from "../../../../idl/type-text.ts";
import { messageOf } from "../../../../std/errors.ts";
import { randomText, seededRandom } from "../../../../std/random.ts";
import { requirements } from "../../../../compiler/requirements.ts";
import type { CompiledTask, CompiledWorkflowClosure, Identifier, TaskTemplate, WorkflowTemplate } from "../../../../idl/types.ts";
import type { Failure } from "../../state.ts";
import type { LaunchPlanInterface } from "../../../../compiler/workflow-scope.ts";
import type { LaunchPlans } from "../../../../ports/launch-plans.ts";
import type { Requirements } from "../../../../compiler/requirements.ts";
import type { NodeExecutionId } from "../../../../idl/identifiers.ts";

export type DynamicSpec = flyteidl.core.DynamicJobSpec.$Properties;

/** The attempt that made a spec. */
export interface DynamicOrigin {
  readonly node: NodeExecutionId;
  /** As it was declared. */
  readonly specNodeId: string;
  readonly attempt: number;
  readonly task: TaskTemplate;
}

export type CompiledDynamic = { readonly closure: CompiledWorkflowClosure } | { readonly failure: Failure };

/** Why no workflow can be made, in the words of Flyte's propeller. */
export function buildFailure(kind: "USER" | "SYSTEM", message: string, cause: unknown): { readonly failure: Failure } {
  const text = `[${kind === "USER" ? "User" : "system"}] ${message}, caused by: ${String(cause)}`;
  return { failure: { code: "DynamicWorkflowBuildFailed", message: text, kind } };
}

/**
 * Makes a workflow of what a task has left, or tells what is wrong with it. The same spec of the same attempt always gives
 * the same: the version, which is random in Flyte, comes of the attempt's names. Rejects when a launch plan cannot be asked
 * for. Flyte: nodes/dynamic/dynamic_workflow.go buildDynamicWorkflow.
 */
export async function compileDynamic(spec: DynamicSpec, origin: DynamicOrigin, launchPlans: LaunchPlans): Promise<CompiledDynamic> {
  const template = templateOf(spec, origin);
  const subWorkflows = spec.subworkflows ?? [];
  for (const { container } of spec.tasks ?? []) {
    const inherited = origin.task.container?.config ?? [];
    if (container != null && inherited.length > 0) container.config = [...(container.config ?? []), ...inherited];
  }
  const malformed = (cause: unknown): { readonly failure: Failure } => buildFailure("USER", "malformed dynamic workflow", cause);
  const tasks = compileTasks(spec.tasks ?? []);
  if ("failure" in tasks) return tasks;
  // What throws here is deeper than the stack, or than messages may be.
  let needed: Requirements;
  try {
    needed = requirements(template, subWorkflows);
  } catch (thrown) {
    return malformed(messageOf(thrown));
  }
  const plans = await interfacesOf(launchPlans, needed.launchPlans);
  if ("failure" in plans) return plans;
  try {
    const compiled = compileWorkflow({ primary: template, subWorkflows, tasks: tasks.compiled, launchPlans: plans.interfaces });
    if (!("errors" in compiled)) return compiled;
    const areNamed = subWorkflows.every(({ id }) => id != null) && new Set(subWorkflows.map(nameOf)).size === subWorkflows.length;
    return areNamed ? malformed(compiled.errors) : buildFailure("USER", "failed to Get requirements for subworkflows", compiled.errors);
  } catch (thrown) {
    return malformed(messageOf(thrown));
  }
}

const nameOf = ({ id }: WorkflowTemplate): string => identifierText(id);

function templateOf(spec: DynamicSpec, { node, specNodeId, attempt, task }: DynamicOrigin): WorkflowTemplate {
  const { project, domain, name } = node.execution;
  const seed = Number(fnv1a([project, domain, name, node.nodeId, attempt].join("/"), 32));
  return {
    id: {
      resourceType: flyteidl.core.ResourceType.WORKFLOW,
      project,
      domain,
      name: `dynamic_${specNodeId}`,
      version: randomText(seededRandom(seed), 10),
    },
    nodes: spec.nodes ?? [],
    outputs: spec.outputs ?? [],
    interface: { outputs: task.interface?.outputs ?? null },
  };
}

/** Each task once. Flyte: nodes/dynamic/utils.go compileTasks. */
function compileTasks(templates: readonly TaskTemplate[]): { readonly compiled: readonly CompiledTask[] } | { readonly failure: Failure } {
  const compiled = new Map<string, CompiledTask>();
  for (const template of templates) {
    const key = identifierText(template.id);
    if (compiled.has(key)) continue;
    const result = compileTask(template);
    if ("errors" in result) return buildFailure("USER", "failed to compile dynamic tasks", result.errors);
    compiled.set(key, result.task);
  }
  return { compiled: [...compiled.values()] };
}

async function interfacesOf(
  launchPlans: LaunchPlans,
  ids: readonly Identifier[],
): Promise<{ readonly interfaces: readonly LaunchPlanInterface[] } | { readonly failure: Failure }> {
  const interfaces: LaunchPlanInterface[] = [];
  for (const id of ids) {
    const { project, domain, name, version } = entityIdOf(id);
    const types = await launchPlans.typesOf({ project, domain, name, version });
    if (!types) {
      const plan = [project, domain, name, version].join(":");
      return buildFailure("USER", `incorrectly specified launchplan ${plan}`, "[NotFound] No launch plan retrieved from Admin");
    }
    interfaces.push({ id, ...types });
  }
  return { interfaces };
}
