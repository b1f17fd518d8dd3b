import { armsOf } from "./arms.ts";
import { copyOutputs, failComposite, succeedComposite } from "../end-composite.ts";
import { decideBranch } from "./decide-branch.ts";
import { expireAttempt, runningSince } from "../../end-attempt.ts";
import { promisedBy } from "../../graph.ts";
import { queueNode } from "../queue-node.ts";
import { readLiterals } from "../node-inputs.ts";
import { runNode } from "../run-node.ts";
import { Scope } from "../../scope.ts";
import { timeoutInNode } from "../../outcome-of-scope.ts";
import type { NodeHandler } from "../node-handler.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowNode } from "../../../../idl/types.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

/** What an arm waits for: it may take values from nodes that its branch does not wait for. */
function upstreamOf(arm: WorkflowNode, { scope }: PlacedNode): readonly string[] {
  const ids = new Set(arm.upstreamNodeIds ?? []);
  for (const id of scope.armsUpstream.get(arm.id ?? "") ?? []) ids.add(id);
  for (const { binding } of arm.inputs ?? []) promisedBy(binding, ids);
  return [...ids].filter((id) => scope.find(id) !== undefined);
}

/** Follows the arm that was taken. */
async function follow(run: WorkflowRun, deps: PropellerDeps, node: PlacedNode, arm: PlacedNode): Promise<boolean> {
  const { phase, failure } = run.node(arm);
  switch (phase) {
    case "SUCCEEDED":
    case "RECOVERED":
    case "SKIPPED":
      succeedComposite(run, node, deps.clock.now(), phase !== "SKIPPED" && (await copyOutputs(run, deps, arm, node)));
      return true;
    case "FAILED":
    case "TIMED_OUT":
      failComposite(run, node, deps.clock.now(), phase === "TIMED_OUT" || !failure ? timeoutInNode : failure);
      return true;
    default:
      return expireAttempt(run, deps, node, runningSince(run.node(node)));
  }
}

/** A node that runs one of several others, and gives what that gives. Flyte: nodes/branch/handler.go. */
export const branchHandler: NodeHandler = {
  isCounted: false,
  prepare: queueNode,
  async open(_run, _deps, node, attempt) {
    const arms = armsOf(node.node.branchNode);
    const nodes = arms.map((arm) => ({ id: arm.id ?? "", node: arm, upstream: upstreamOf(arm, node), downstream: [] }));
    const { program, armsUpstream } = node.scope;
    return new Scope({ program, graph: { nodes, armsUpstream }, place: { node, attempt }, outer: node.scope });
  },
  async advance(run, deps, node, mayEnd) {
    const { arm: taken, attempt } = run.node(node);
    if (taken === undefined) {
      const decided = decideBranch(node.node.branchNode, await readLiterals(run, deps, node.layout.inputs));
      const now = deps.clock.now();
      runNode(run, node, now);
      if ("failure" in decided) {
        failComposite(run, node, now, decided.failure);
        return true;
      }
      const scope = await run.openScope(deps, node, attempt);
      const id = decided.arm.id ?? "";
      run.patchNode(node, { arm: id });
      // Admin is not told of arms that are not taken.
      for (const other of scope.nodes) if (other.id !== id) run.enterNodePhase(other, "SKIPPED", now, { reported: "SKIPPED" });
      return true;
    }
    const arm = (await run.openScope(deps, node, attempt)).own(taken);
    if (!arm) throw new RangeError(`branch [${node.key}] has no arm [${taken}]`);
    return mayEnd && (await follow(run, deps, node, arm));
  },
  retry: (run, _deps, node) => (run.scopeWithin(node)?.atWork.size ? undefined : { arm: undefined }),
};
