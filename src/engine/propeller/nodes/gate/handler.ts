import { encodeLiteralMap } from "../../inputs.ts";
import { expireAttempt, failAttempt, runningSince } from "../../end-attempt.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { fromDuration } from "../../../../idl/time.ts";
import { queueNode } from "../queue-node.ts";
import { readLiterals } from "../node-inputs.ts";
import { runNode } from "../run-node.ts";
import type { Failure, NodeState } from "../../state.ts";
import type { LiteralMap } from "../../../../idl/types.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { RoundDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** When a sleeping node wakes up. */
function wakesAt({ node }: PlacedNode, state: NodeState): number | undefined {
  const { sleep } = node.gateNode ?? {};
  const since = runningSince(state);
  return sleep == null || since === undefined ? undefined : since + (fromDuration(sleep.duration) ?? 0);
}

type Outcome = { readonly outputs: LiteralMap | undefined } | { readonly failure: Failure };

const boolean = { simple: flyteidl.core.SimpleType.BOOLEAN };

/** What has become of what a node waits for; undefined as long as it has not come. */
async function outcomeOf(run: WorkflowRun, deps: RoundDeps, placed: PlacedNode): Promise<Outcome | undefined> {
  const { approve, signal } = placed.node.gateNode ?? {};
  const execution = run.definition.spec.id;
  if (approve != null) {
    const value = await deps.signals.getOrCreate(execution, approve.signalId ?? "", boolean);
    if (value === undefined) return undefined;
    const approved = value.scalar?.primitive?.boolean;
    if (approved == null) {
      return { failure: { code: "RuntimeExecutionError", message: "received a non-boolean approve signal value", kind: "UNKNOWN" } };
    }
    const message = "received a reject signal to disapprove the node input values";
    if (!approved) return { failure: { code: "ReceivedRejectSignal", message, kind: "USER" } };
    return { outputs: await readLiterals(run, deps, placed.layout.inputs) };
  }
  if (signal != null) {
    const value = await deps.signals.getOrCreate(execution, signal.signalId ?? "", signal.type ?? {});
    return value && { outputs: { literals: { [signal.outputVariableName ?? ""]: value } } };
  }
  const wakeAt = wakesAt(placed, run.node(placed));
  return wakeAt !== undefined && deps.clock.now() >= wakeAt ? { outputs: undefined } : undefined;
}

/** A node that waits: for time to pass, for a value that somebody sets, or for a yes. Flyte: nodes/gate/handler.go. */
export const gateHandler: NodeHandler = {
  isCounted: false,
  prepare: queueNode,
  async handle(run, deps, node) {
    runNode(run, node, deps.clock.now());
    const outcome = await outcomeOf(run, deps, node);
    if (!outcome) {
      expireAttempt(run, deps, node, runningSince(run.node(node)));
      return [];
    }
    // A signal may be set again.
    run.unsettled.add(node);
    if ("failure" in outcome) {
      failAttempt(run, deps, node, outcome.failure, false, deps.clock.now());
      return [];
    }
    const { outputs } = outcome;
    if (outputs) await deps.blobs.put(node.layout.outputs(run.node(node).attempt), encodeLiteralMap(outputs), { isPutAgain: true });
    run.enterNodePhase(node, "SUCCEEDING", deps.clock.now(), { hasOutputs: outputs !== undefined });
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
