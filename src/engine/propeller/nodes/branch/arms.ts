import type { flyteidl } from "../../../../idl/flyteidl.ts";
import type { WorkflowNode } from "../../../../idl/types.ts";

/** The nodes that a branch chooses from, in the order in which it looks at their conditions; none of what is no branch. */
export function armsOf(branch: flyteidl.core.BranchNode.$Properties | null | undefined): readonly WorkflowNode[] {
  const { case: first, other, elseNode } = branch?.ifElse ?? {};
  return [first?.thenNode, ...(other ?? []).map(({ thenNode }) => thenNode), elseNode].filter((arm) => arm != null);
}
