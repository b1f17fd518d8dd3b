import { failureOfScope } from "../failure-of-scope.ts";
import { flyteidl } from "../../../idl/flyteidl.ts";
import type { LiteralMap } from "../../../idl/types.ts";
import type { PlacedNode } from "../placed-node.ts";
import type { WorkflowRun } from "../workflow-run.ts";

/**
 * The inputs of a failure node: one that is called `err` is given the error that its workflow failed with. It names the
 * failure node itself as the one that failed, as Flyte does: nodes/resolve.go ResolveErrorInputLiteralData.
 */
export function errorInput(run: WorkflowRun, { scope, id }: PlacedNode, inputs: LiteralMap): LiteralMap {
  const { literals } = inputs;
  if (scope.failureNode?.id !== id || literals?.["err"] === undefined) return inputs;
  const message = failureOfScope(run, scope)?.message ?? "";
  const value = { scalar: { error: { message, failedNodeId: id } } };
  const type = { simple: flyteidl.core.SimpleType.ERROR, structure: { tag: "FlyteError" } };
  return { literals: { ...literals, err: { scalar: { union: { value, type } } } } };
}
