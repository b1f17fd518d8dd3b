import { flyteidl } from "../idl/flyteidl.ts";
import { identifierText } from "../idl/type-text.ts";
import type { CompiledTask, CompiledWorkflow, CompiledWorkflowClosure, WorkflowTemplate } from "../idl/types.ts";
import * as texts from "./compile-error-texts.ts";
import { CompileErrors } from "./compile-errors.ts";
import { collectRequirements } from "./requirements.ts";
import { startNodeId } from "./workflow-graph.ts";
import { wireWorkflow } from "./wire-workflow.ts";
import type { CompileSources, LaunchPlanInterface } from "./workflow-scope.ts";

export interface WorkflowSources {
  readonly primary: WorkflowTemplate | null | undefined;
  readonly subWorkflows: readonly WorkflowTemplate[];
  /** All that `requirements` names; they are kept in the closure, each once, as the objects they are. */
  readonly tasks: readonly CompiledTask[];
  /** Those that `requirements` names and that exist. */
  readonly launchPlans: readonly LaunchPlanInterface[];
}

export type CompiledOrErrors = { readonly closure: CompiledWorkflowClosure } | { readonly errors: CompileErrors };

/**
 * Checks a workflow with all it refers to and wires its nodes: start and end nodes first, then the user's, with sorted
 * upstream ids, so that the closure does not depend on the order in which a client lists them. The primary template is
 * copied; sub-workflows that are used are compiled in place, others are kept as they are.
 */
export function compileWorkflow(sources: WorkflowSources): CompiledOrErrors {
  const errors = new CompileErrors();
  if (sources.primary == null) errors.add(texts.valueRequired("root", "wf"));
  const tasks = new Map<string, CompiledTask>();
  for (const task of sources.tasks) {
    const id = task.template?.id;
    if (id == null) errors.add(texts.valueRequired("task", "Template.Id"));
    else if (!tasks.has(identifierText(id))) tasks.set(identifierText(id), task);
  }
  const subWorkflows = new Map<string, WorkflowTemplate>();
  for (const workflow of sources.subWorkflows) {
    const key = identifierText(workflow.id);
    if (workflow.id == null) errors.add(texts.valueRequired("root", "SubWorkflow.Id"));
    else if (subWorkflows.has(key)) errors.add(texts.duplicateId(key));
    else subWorkflows.set(key, workflow);
  }
  if (sources.primary == null || errors.any) return { errors };

  const template = flyteidl.core.WorkflowTemplate.decode(flyteidl.core.WorkflowTemplate.encode(sources.primary).finish());
  const launchPlans = new Map(sources.launchPlans.map((plan) => [identifierText(plan.id), plan]));
  const required = collectRequirements(template, subWorkflows, errors);
  for (const id of required.launchPlans.map(identifierText)) {
    if (!launchPlans.has(id)) errors.add(texts.workflowReferenceNotFound(startNodeId, id));
  }
  for (const id of required.tasks.map(identifierText)) if (!tasks.has(id)) errors.add(texts.taskReferenceNotFound(startNodeId, id));
  if (errors.any) return { errors };

  const compiled = new Map<string, CompiledWorkflow | undefined>();
  const known: CompileSources = {
    tasks: new Map([...tasks].map(([key, task]) => [key, task.template ?? {}])),
    launchPlans,
    subWorkflows,
    compileSubWorkflow: (key, workflow) => {
      if (!compiled.has(key)) compiled.set(key, wireWorkflow(workflow, known, errors));
      return compiled.get(key);
    },
  };
  const primary = wireWorkflow(template, known, errors);
  if (primary === undefined || errors.any) return { errors };
  const compiledSubWorkflows = [...subWorkflows].map(([key, workflow]) => compiled.get(key) ?? { template: workflow });
  return { closure: { primary, subWorkflows: compiledSubWorkflows, tasks: [...tasks.values()], launchPlans: [] } };
}
