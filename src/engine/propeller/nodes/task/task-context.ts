import { attemptName } from "../../attempt-name.ts";
import { checkpointPrefixOf, rawOutputPrefixOf } from "../../layout.ts";
import { entityIdOf } from "../../../../idl/identifiers.ts";
import { kubernetesName } from "../../../../idl/names.ts";
import { inputsOf } from "../node-inputs.ts";
import type { AttemptState } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { TaskContext } from "../../../../ports/task-plugin.ts";
import type { TaskOfNode } from "./task-of-node.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** One attempt for its plugin. The same attempt has the same names and paths in every round and after every restart. */
export function taskContextOf(
  run: WorkflowRun,
  deps: PropellerDeps,
  placed: PlacedNode,
  task: TaskOfNode,
  attempt: number,
  state: AttemptState,
): TaskContext {
  const { spec, executionSpec, template } = run.definition;
  const { uniqueId, layout } = placed;
  const rawBase = executionSpec.rawOutputDataConfig?.outputLocationPrefix || deps.settings.rawOutputPrefix;
  const name = attemptName(spec.id, placed, attempt);
  const rawOutputPrefix = rawOutputPrefixOf(rawBase, name);
  const env: Record<string, string> = {};
  for (const pair of executionSpec.envs?.values ?? []) env[pair.key ?? ""] = pair.value ?? "";
  Object.assign(env, placed.element?.env);
  const { resources, containerImage, extendedResources, podTemplate } = task.node.taskNode?.overrides ?? {};
  const serviceAccount = executionSpec.securityContext?.runAs?.k8sServiceAccount || executionSpec.authRole?.kubernetesServiceAccount;
  return {
    id: { task: entityIdOf(task.template.id), node: { execution: spec.id, nodeId: uniqueId }, retryAttempt: attempt },
    generatedName: kubernetesName(name),
    template: task.template,
    overrides: {
      ...(resources != null && { resources }),
      ...(containerImage && { image: containerImage }),
      ...(extendedResources != null && { extendedResources }),
      ...(podTemplate != null && { podTemplate }),
    },
    workflow: entityIdOf(template.id),
    launchPlan: executionSpec.launchPlan == null ? undefined : entityIdOf(executionSpec.launchPlan),
    inputUri: layout.inputs,
    outputPrefix: layout.outputPrefix(attempt),
    rawOutputPrefix,
    checkpointPrefix: checkpointPrefixOf(rawOutputPrefix),
    previousCheckpointPrefix:
      attempt === 0
        ? (state.previousCheckpoint ?? "")
        : checkpointPrefixOf(rawOutputPrefixOf(rawBase, attemptName(spec.id, placed, attempt - 1))),
    env,
    labels: executionSpec.labels?.values ?? {},
    annotations: executionSpec.annotations?.values ?? {},
    ...(spec.config?.taskResources && { platformResources: spec.config.taskResources }),
    ...(serviceAccount && { serviceAccount }),
    ...(executionSpec.securityContext?.runAs != null && { identity: executionSpec.securityContext.runAs }),
    interruptible: state.interruptible,
    ...(task.deadlines.execution > 0 && { deadlineSeconds: task.deadlines.execution / 1000 }),
    state: state.pluginState,
    phaseVersion: state.phaseVersion,
    inputs: () => inputsOf(run, deps, placed),
  };
}
