import { compileTask } from "../compiler/compile-task.ts";
import { compileWorkflow } from "../compiler/compile-workflow.ts";
import type { CompileErrors } from "../compiler/compile-errors.ts";
import { expectedInputs } from "../compiler/expected-inputs.ts";
import type { LaunchPlanInterface } from "../compiler/workflow-scope.ts";
import { requirements } from "../compiler/requirements.ts";
import { StatusError } from "../idl/status.ts";
import { identifierText } from "../idl/type-text.ts";
import type { CompiledTask, CompiledWorkflowClosure, WorkflowNode, WorkflowTemplate } from "../idl/types.ts";
import type { Entity } from "./entity.ts";

type Of<Kind extends Entity["kind"]> = Extract<Entity, { readonly kind: Kind }>;

/** Something wrong with an entity, and where in it. */
export interface EntityError {
  /** Of the compiler, as `MismatchingTypes`; INVALID_ARGUMENT or NOT_FOUND for a launch plan. */
  readonly code: string;
  /** Empty for the entity as a whole. */
  readonly nodeId: string;
  /** What the node is called in the program (flytekit: the task's function); null when it has no name of its own. */
  readonly nodeName: string | null;
  readonly message: string;
}

/** What became of an entity: what it was compiled to, or all that is wrong with it. */
export type CompiledEntity = { readonly entity: Entity } & (
  | { readonly errors: readonly EntityError[] }
  | { readonly task: CompiledTask }
  | { readonly workflow: CompiledWorkflowClosure }
  | { readonly launchPlan: LaunchPlanInterface }
);

/**
 * Compiles complete entities as admin does when they are registered, with nothing but each other: what a workflow refers to
 * and is not among them is an error of it. In the order given.
 */
export function compileEntities(entities: readonly Entity[]): CompiledEntity[] {
  const byId = new Map(entities.map((entity) => [identifierText(entity.id), entity]));
  const find = <Kind extends Entity["kind"]>(kind: Kind, key: string): Of<Kind> | undefined => {
    const found = byId.get(key);
    return found?.kind === kind ? (found as Of<Kind>) : undefined;
  };
  const planInterface = (plan: Of<"launch_plan">): LaunchPlanInterface => {
    const { id, spec } = plan.message;
    const workflow = find("workflow", identifierText(spec?.workflowId))?.message.template;
    if (workflow == null) {
      throw missingWorkflow(identifierText(spec?.workflowId));
    }
    const inputs = expectedInputs(workflow.interface?.inputs, spec?.defaultInputs, spec?.fixedInputs);
    return { id: id ?? {}, expectedInputs: inputs, expectedOutputs: workflow.interface?.outputs ?? {} };
  };
  const compileOne = (entity: Entity): CompiledEntity => {
    switch (entity.kind) {
      case "task": {
        const result = compileTask(entity.message.template ?? {});
        return "errors" in result ? { entity, errors: errorsOf(result.errors, []) } : { entity, task: result.task };
      }
      case "workflow": {
        const { template, subWorkflows } = entity.message;
        const needed = requirements(template ?? {}, subWorkflows ?? []);
        const tasks = needed.tasks.flatMap((id) => find("task", identifierText(id))?.message.template ?? []);
        const plans = needed.launchPlans.flatMap((id) => find("launch_plan", identifierText(id)) ?? []);
        const result = compileWorkflow({
          primary: template,
          subWorkflows: subWorkflows ?? [],
          tasks: tasks.map((task) => ({ template: task })),
          // One that is wrong itself is told of where it stands.
          launchPlans: plans.flatMap((plan) => attempt(() => planInterface(plan)) ?? []),
        });
        if ("closure" in result) return { entity, workflow: result.closure };
        return { entity, errors: errorsOf(result.errors, [...(template ? [template] : []), ...(subWorkflows ?? [])]) };
      }
      case "launch_plan":
        try {
          const launchPlan = planInterface(entity);
          // It would not be there when the launch plan is registered.
          const { workflowId } = entity.message.spec ?? {};
          if (failed.has(identifierText(workflowId))) throw missingWorkflow(identifierText(workflowId));
          return { entity, launchPlan };
        } catch (thrown) {
          if (!(thrown instanceof StatusError)) throw thrown;
          return { entity, errors: [{ code: thrown.status, nodeId: "", nodeName: null, message: thrown.message }] };
        }
    }
  };
  const isPlan = ({ kind }: Entity): boolean => kind === "launch_plan";
  const results = new Map<Entity, CompiledEntity>();
  const failed = new Set<string>();
  for (const entity of [...entities.filter((one) => !isPlan(one)), ...entities.filter(isPlan)]) {
    const result = compileOne(entity);
    results.set(entity, result);
    if ("errors" in result) failed.add(identifierText(entity.id));
  }
  return entities.flatMap((entity) => results.get(entity) ?? []);
}

const missingWorkflow = (id: string): StatusError => new StatusError("NOT_FOUND", `missing entity of type WORKFLOW with identifier ${id}`);

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof StatusError) return undefined;
    throw thrown;
  }
}

function errorsOf(errors: CompileErrors, workflows: readonly WorkflowTemplate[]): EntityError[] {
  const names = new Map<string, Set<string>>();
  const collect = (node: WorkflowNode | null | undefined): void => {
    if (node == null) return;
    const known = names.get(node.id ?? "") ?? new Set();
    names.set(node.id ?? "", known.add(node.metadata?.name ?? ""));
    const branch = node.branchNode?.ifElse;
    for (const block of [branch?.case, ...(branch?.other ?? [])]) collect(block?.thenNode);
    collect(branch?.elseNode);
  };
  for (const { nodes, failureNode } of workflows) for (const node of [...(nodes ?? []), failureNode]) collect(node);
  return errors.list().map(({ kind, nodeId, description }) => {
    // The nodes of sub-workflows may have the same ids.
    const [name, another] = names.get(nodeId) ?? [];
    return { code: kind, nodeId, nodeName: (another === undefined && name) || null, message: description };
  });
}
