import type { flyteidl } from "../idl/flyteidl.ts";
import { protoText, typeText } from "../idl/type-text.ts";
import type { WorkflowNode } from "../idl/types.ts";
import { discoverInputs } from "./check-bindings.ts";
import { mismatchingTypes, valueRequired } from "./compile-error-texts.ts";
import type { NodeInterface, Variables, WorkflowScope } from "./workflow-scope.ts";

/**
 * A branch takes what is bound to it, and gives what all its arms give; an output of two arms must have one type. The arms get
 * ids that begin with the branch's, in place: clients see them so. Flyte: compiler/validators/branch.go.
 */
export function branchInterface(
  node: WorkflowNode,
  branch: flyteidl.core.BranchNode.$Properties,
  scope: WorkflowScope,
): NodeInterface | undefined {
  const nodeId = node.id ?? "";
  const { errors } = scope;
  const before = errors.added;
  const missing = (field: string): undefined => {
    errors.add(valueRequired(nodeId, field));
  };
  if (branch.ifElse == null) return missing("Branch.IfElse");
  const { case: first, other, elseNode } = branch.ifElse;
  if (first == null) return missing("Branch.IfElse.Case");
  if (first.thenNode == null) return missing("Branch.IfElse.Case.ThenNode");

  const arms = [first.thenNode];
  for (const { thenNode } of other ?? []) {
    if (thenNode == null) missing("IfElse.Case.ThenNode");
    else arms.push(thenNode);
  }
  if (elseNode != null) arms.push(elseNode);

  let outputs: Variables | undefined;
  for (const arm of arms) {
    arm.id = `${nodeId}-${arm.id ?? ""}`;
    const own = scope.interfaceOf(arm)?.outputs;
    if (own === undefined) continue;
    outputs = outputs === undefined ? own : sharedOutputs(arm.id, outputs, own, scope);
  }
  const discovered = discoverInputs(node, scope.producer, errors);
  if (errors.added !== before || outputs === undefined) return undefined;
  const inputs = Object.fromEntries([...discovered.types].map(([name, type]) => [name, { type: type ?? {} }]));
  return { inputs, outputs, discovered };
}

function sharedOutputs(armId: string, outputs: Variables, own: Variables, scope: WorkflowScope): Variables {
  const shared: Record<string, Variables[string]> = {};
  for (const [name, variable] of Object.entries(outputs)) {
    const other = Object.hasOwn(own, name) ? own[name] : undefined;
    if (other === undefined) continue;
    if (protoText(variable.type ?? {}) !== protoText(other.type ?? {})) {
      scope.errors.add(mismatchingTypes(armId, name, typeText(variable.type), typeText(other.type)));
    }
    shared[name] = variable;
  }
  return shared;
}
