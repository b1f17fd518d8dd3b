import { taskContextOf } from "./task-context.ts";
import { taskEndEvent } from "../../task-events.ts";
import { taskOfNode } from "./task-of-node.ts";
import type { AttemptState } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { TaskExecutionEvent } from "../../../../idl/types.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** The end of a node's attempt that propeller has ended itself; undefined for others, and when admin has it. */
export function ownEndEvent(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, task: AttemptState): TaskExecutionEvent | undefined {
  if (!task.end || task.reportedEnd) return undefined;
  const declared = taskOfNode(run.definition, deps.settings, node);
  const context = taskContextOf(run, deps, node, declared, run.node(node).attempt, task);
  const plugin = deps.plugins.choose(declared.template.type ?? "", run.definition.spec.config?.pluginOverrides, task.pluginState);
  return taskEndEvent({ context, plugin, generatedName: context.generatedName }, task.end);
}
