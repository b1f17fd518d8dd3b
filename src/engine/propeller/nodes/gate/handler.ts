import { expireAttempt, runningSince } from "../../end-attempt.ts";
import { fromDuration } from "../../../../idl/time.ts";
import { queueNode } from "../queue-node.ts";
import { runNode } from "../run-node.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { NodeState } from "../../state.ts";
import type { PlacedNode } from "../../placed-node.ts";

/** When a sleeping node wakes up. */
function wakesAt({ node }: PlacedNode, state: NodeState): number | undefined {
  const { sleep } = node.gateNode ?? {};
  const since = runningSince(state);
  return sleep == null || since === undefined ? undefined : since + (fromDuration(sleep.duration) ?? 0);
}

/** A node that waits: for time to pass. Flyte: nodes/gate/handler.go. */
export const gateHandler: NodeHandler = {
  isCounted: false,
  prepare: queueNode,
  async handle(run, deps, node) {
    const now = deps.clock.now();
    runNode(run, node, now);
    const wakeAt = wakesAt(node, run.node(node));
    if (wakeAt !== undefined && now >= wakeAt) run.enterNodePhase(node, "SUCCEEDING", now, { hasOutputs: false });
    else expireAttempt(run, deps, node, runningSince(run.node(node)));
    return [];
  },
  clean: async (run, _deps, node) => run.finishCleaning(node),
  retry: () => ({}),
  isLeftAlone: (node, state, now) => {
    const wakeAt = wakesAt(node, state);
    return state.phase === "RUNNING" && (wakeAt === undefined || now < wakeAt);
  },
  nextLook: wakesAt,
};
