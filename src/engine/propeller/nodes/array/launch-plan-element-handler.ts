import { launchPlanHandler } from "../launch-plan/handler.ts";
import { writeElementInputs } from "./write-element-inputs.ts";
import type { NodeHandler } from "../node-handler.ts";

/** An element of an array that launches a launch plan: a node like any other that does, but for where its inputs come from. */
export const launchPlanElementHandler: NodeHandler = {
  ...launchPlanHandler,
  async prepare(run, deps, placed) {
    await writeElementInputs(run, deps, placed);
    const now = deps.clock.now();
    run.enterNodePhase(placed, "QUEUED", now, { queuedAt: now });
  },
};
