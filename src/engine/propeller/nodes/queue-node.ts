import { writeInputs } from "./node-inputs.ts";
import type { NodeHandler } from "./node-handler.ts";

/** Prepares a node of which nothing but its inputs is needed. */
export const queueNode: NodeHandler["prepare"] = async (run, deps, node) => {
  if (!(await writeInputs(run, deps, node))) return;
  const now = deps.clock.now();
  run.enterNodePhase(node, "QUEUED", now, { queuedAt: now });
};
