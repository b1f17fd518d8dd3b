import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { Failure } from "./story.ts";
import type { LiteralMap, WorkflowNode } from "../../../src/idl/types.ts";

type Condition = flyteidl.core.BooleanExpression.$Properties;

class Malformed extends Error {}

const { EQ, NEQ, GT, GTE, LT, LTE } = flyteidl.core.ComparisonExpression.Operator;

function integerOf(operand: flyteidl.core.Operand.$Properties | null | undefined, inputs: LiteralMap): bigint {
  const primitive = operand?.primitive ?? inputs.literals?.[operand?.var ?? ""]?.scalar?.primitive;
  if (primitive?.integer == null) throw new Malformed("only integers are interpreted");
  return BigInt(String(primitive.integer));
}

function isTrue(condition: Condition | null | undefined, inputs: LiteralMap): boolean {
  const { comparison, conjunction } = condition ?? {};
  if (conjunction != null) {
    const both = [isTrue(conjunction.leftExpression, inputs), isTrue(conjunction.rightExpression, inputs)];
    const isOr = conjunction.operator === flyteidl.core.ConjunctionExpression.LogicalOperator.OR;
    return isOr ? both.includes(true) : !both.includes(false);
  }
  const [left, right] = [integerOf(comparison?.leftValue, inputs), integerOf(comparison?.rightValue, inputs)];
  const order = left < right ? [NEQ, LT, LTE] : left > right ? [NEQ, GT, GTE] : [EQ, GTE, LTE];
  return order.includes(comparison?.operator ?? EQ);
}

/** The arm that a branch takes, or what it fails with. */
export function armTaken(node: WorkflowNode, inputs: LiteralMap): WorkflowNode | Failure {
  const { case: first, other, elseNode, error } = node.branchNode?.ifElse ?? {};
  const failed = (code: string, text: string): Failure => ({ code, message: `[${code}] ${text}`, kind: "USER" });
  try {
    const taken = [first, ...(other ?? [])].find((each) => each?.thenNode != null && isTrue(each.condition, inputs))?.thenNode ?? elseNode;
    if (taken != null) return taken;
  } catch (thrown) {
    if (!(thrown instanceof Malformed)) throw thrown;
    return { code: "MalformedBranchUserError", message: undefined, kind: "USER" };
  }
  return error == null ? failed("MalformedBranchUserError", "No branch satisfied") : failed("UserProvidedError", error.message ?? "");
}
