import type { flyteidl } from "../idl/flyteidl.ts";
import { protoText, typeText } from "../idl/type-text.ts";
import type { LiteralType, WorkflowNode } from "../idl/types.ts";
import { branchNodeHasNoCondition, mismatchingTypes, valueRequired, variableNameNotFound } from "./compile-error-texts.ts";
import type { CompileErrors } from "./compile-errors.ts";
import { typeOfScalar } from "./type-of-literal.ts";
import type { DiscoveredInputs } from "./workflow-scope.ts";

type Expression = flyteidl.core.BooleanExpression.$Properties;
type Operand = flyteidl.core.Operand.$Properties;

/**
 * Checks the condition of a branch's arm: its operands are there, variables are inputs of the branch (`inputs`; undefined when
 * something is wrong with them), and both sides are of one type where types are known. Flyte: compiler/validators/condition.go.
 */
export function checkCondition(
  node: WorkflowNode,
  expression: Expression | null | undefined,
  inputs: DiscoveredInputs | undefined,
  errors: CompileErrors,
): void {
  const nodeId = node.id ?? "";
  if (expression == null) {
    errors.add(branchNodeHasNoCondition(nodeId));
  } else if (expression.comparison != null) {
    const { leftValue, rightValue } = expression.comparison;
    const right = checkOperand(node, "RightValue", rightValue, inputs, errors);
    const left = checkOperand(node, "LeftValue", leftValue, inputs, errors);
    if (right && left && protoText(right) !== protoText(left)) {
      errors.add(mismatchingTypes(nodeId, "RightValue", typeText(right), typeText(left)));
    }
  } else if (expression.conjunction != null) {
    checkCondition(node, expression.conjunction.leftExpression, inputs, errors);
    checkCondition(node, expression.conjunction.rightExpression, inputs, errors);
  } else {
    errors.add(valueRequired(nodeId, "Expr"));
  }
}

/** The operand's type where it is known. */
function checkOperand(
  node: WorkflowNode,
  side: string,
  operand: Operand | null | undefined,
  inputs: DiscoveredInputs | undefined,
  errors: CompileErrors,
): LiteralType | undefined {
  const nodeId = node.id ?? "";
  if (operand == null) {
    errors.add(valueRequired(nodeId, side));
  } else if (operand.primitive != null || operand.scalar != null) {
    return typeOfScalar(operand.scalar ?? { primitive: operand.primitive });
  } else if (!operand.var) {
    errors.add(valueRequired(nodeId, `${side}.Val`));
  } else if (inputs === undefined) {
    errors.add(valueRequired(nodeId, operand.var));
  } else if (inputs.types.has(operand.var)) {
    return inputs.types.get(operand.var);
  } else if (!node.inputs?.some((binding) => binding.var === operand.var)) {
    errors.add(variableNameNotFound(nodeId, operand.var));
  }
  return undefined;
}
