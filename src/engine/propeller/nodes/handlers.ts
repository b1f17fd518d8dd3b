import { arrayHandler } from "./array/handler.ts";
import { branchHandler } from "./branch/handler.ts";
import { elementHandler } from "./array/element-handler.ts";
import { endHandler } from "./end/handler.ts";
import { gateHandler } from "./gate/handler.ts";
import { launchPlanElementHandler } from "./array/launch-plan-element-handler.ts";
import { launchPlanHandler } from "./launch-plan/handler.ts";
import { taskHandler } from "./task/handler.ts";
import { workflowHandler } from "./workflow/handler.ts";
import type { NodeHandler } from "./node-handler.ts";
import type { PlacedNode } from "../placed-node.ts";

const handlers: Readonly<Record<Exclude<PlacedNode["kind"], "start">, NodeHandler>> = {
  end: endHandler,
  task: taskHandler,
  workflow: workflowHandler,
  "launch-plan": launchPlanHandler,
  branch: branchHandler,
  gate: gateHandler,
  array: arrayHandler,
  element: elementHandler,
  "launch-plan-element": launchPlanElementHandler,
};

/** RangeError for start nodes, which are done when their graph begins. */
export function handlerOf({ kind, key }: PlacedNode): NodeHandler {
  if (kind === "start") throw new RangeError(`start node [${key}] is handled by nobody`);
  return handlers[kind];
}
