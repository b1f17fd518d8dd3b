import { flyteidl } from "../../idl/flyteidl.ts";
import { literalValue } from "../../idl/literals/literal-value.ts";

type Expression = flyteidl.core.BooleanExpression.$Properties;
type Operand = flyteidl.core.Operand.$Properties;

const { EQ, NEQ, GT, GTE, LT, LTE } = flyteidl.core.ComparisonExpression.Operator;
const signs: Readonly<Record<number, string>> = { [EQ]: "==", [NEQ]: "!=", [GT]: ">", [GTE]: ">=", [LT]: "<", [LTE]: "<=" };

/** A branch's condition as Python writes it: `n > 3 and (a == 1 or b == 2)`. */
export function conditionText(expression: Expression | null | undefined, depth = 0): string {
  if (depth > 100) return "…";
  const { comparison, conjunction } = expression ?? {};
  if (comparison != null)
    return `${operandText(comparison.leftValue)} ${signs[comparison.operator ?? EQ] ?? "?"} ${operandText(comparison.rightValue)}`;
  if (conjunction == null) return "?";
  const isOr = conjunction.operator === flyteidl.core.ConjunctionExpression.LogicalOperator.OR;
  const parts = [conjunction.leftExpression, conjunction.rightExpression].map((part) => {
    const text = conditionText(part, depth + 1);
    return part?.conjunction != null && !isOr ? `(${text})` : text;
  });
  return parts.join(isOr ? " or " : " and ");
}

function operandText(operand: Operand | null | undefined): string {
  if (operand?.var) return operand.var;
  const scalar = operand?.scalar ?? (operand?.primitive == null ? undefined : { primitive: operand.primitive });
  return scalar === undefined ? "?" : JSON.stringify(literalValue({ scalar }));
}
