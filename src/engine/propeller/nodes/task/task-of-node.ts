import { attemptRulesOf } from "../../attempt-rules.ts";
import type { AttemptRules } from "../../attempt-rules.ts";
import type { EngineSettings } from "../../../settings.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { TaskTemplate, WorkflowNode } from "../../../../idl/types.ts";
import type { WorkflowDefinition } from "../../workflow-definition.ts";

/** A task node as it was declared, with what the execution and the settings say of it. */
export interface TaskOfNode extends AttemptRules {
  readonly node: WorkflowNode;
  readonly template: TaskTemplate;
}

/** RangeError for a node that is no task node: the definition's refusal keeps them out. */
export function taskOfNode(definition: WorkflowDefinition, settings: EngineSettings, placed: PlacedNode): TaskOfNode {
  const { node, scope } = placed;
  const template = scope.program.taskOf(node);
  if (!template) throw new RangeError(`node [${placed.key}] is no task node`);
  return { node, template, ...attemptRulesOf(definition, settings, placed) };
}
