import { comparePrimitives, MalformedBranch } from "./compare.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import type { Failure } from "../../state.ts";
import type { LiteralMap, WorkflowNode } from "../../../../idl/types.ts";

type Condition = flyteidl.core.BooleanExpression.$Properties;
type Operand = flyteidl.core.Operand.$Properties;

function primitiveOf(operand: Operand | null | undefined, inputs: LiteralMap, side: "LHS" | "RHS"): flyteidl.core.Primitive.$Properties {
  if (operand?.primitive != null) return operand.primitive;
  const name = operand?.var ?? "";
  const literals = inputs.literals ?? {};
  const found = Object.hasOwn(literals, name) ? literals[name] : undefined;
  if (found === undefined) throw new MalformedBranch(`Failed to find Value for Variable [${name}]`);
  const primitive = found.scalar?.primitive;
  if (primitive == null) throw new MalformedBranch(`Only primitives can be compared. ${side} Variable is non primitive.`);
  return primitive;
}

function holds(condition: Condition | null | undefined, inputs: LiteralMap): boolean {
  if (condition?.comparison != null) {
    const { leftValue, rightValue, operator } = condition.comparison;
    const left = primitiveOf(leftValue, inputs, "LHS");
    return comparePrimitives(left, primitiveOf(rightValue, inputs, "RHS"), operator ?? 0);
  }
  if (condition?.conjunction == null) throw new MalformedBranch("No Comparison or Conjunction found in Branch node expression.");
  const { leftExpression, rightExpression, operator } = condition.conjunction;
  // Both sides always: what is wrong on either is wrong.
  const left = holds(leftExpression, inputs);
  const right = holds(rightExpression, inputs);
  return operator === flyteidl.core.ConjunctionExpression.LogicalOperator.OR ? left || right : left && right;
}

const fail = (code: string, message: string): { readonly failure: Failure } => ({
  failure: { code, message: `[${code}] ${message}`, kind: "USER" },
});

/** The arm that a branch takes, or why it takes none: conditions in order, up to the first that holds. Flyte: nodes/branch/evaluator.go. */
export function decideBranch(
  branch: flyteidl.core.BranchNode.$Properties | null | undefined,
  inputs: LiteralMap,
): { readonly arm: WorkflowNode } | { readonly failure: Failure } {
  const { case: first, other, elseNode, error } = branch?.ifElse ?? {};
  try {
    for (const block of [...(first == null ? [] : [first]), ...(other ?? [])]) {
      if (block.thenNode != null && holds(block.condition, inputs)) return { arm: block.thenNode };
    }
  } catch (thrown) {
    if (!(thrown instanceof MalformedBranch)) throw thrown;
    return fail("MalformedBranchUserError", thrown.message);
  }
  if (elseNode != null) return { arm: elseNode };
  return error == null ? fail("MalformedBranchUserError", "No branch satisfied") : fail("UserProvidedError", error.message ?? "");
}
