import { CompileErrors } from "../../../compiler/compile-errors.ts";
import type { CompiledWorkflowClosure, WorkflowNode } from "../../../idl/types.ts";

/**
 * Nodes that compile but that propeller cannot run yet, each a compile error that names the construct: whoever registers is
 * told, rather than whoever launches.
 */
export function unbuiltNodes({ primary, subWorkflows }: CompiledWorkflowClosure): CompileErrors {
  const errors = new CompileErrors();
  const visit = (node: WorkflowNode | null | undefined): void => {
    if (node == null) return;
    const inner = node.arrayNode?.node;
    const isBuilt = node.arrayNode == null || inner?.taskNode != null || inner?.workflowNode?.launchplanRef != null;
    const nodeId = node.id ?? "";
    const description = `Array nodes of anything but tasks and launch plans are not supported yet [${nodeId}].`;
    if (!isBuilt) errors.add({ kind: "InvalidValue", nodeId, description });
    const { case: first, other, elseNode } = node.branchNode?.ifElse ?? {};
    for (const arm of [first?.thenNode, ...(other ?? []).map((block) => block.thenNode), elseNode]) visit(arm);
  };
  for (const template of [primary?.template, ...(subWorkflows ?? []).map((each) => each.template)]) {
    for (const node of [...(template?.nodes ?? []), template?.failureNode]) visit(node);
  }
  return errors;
}
