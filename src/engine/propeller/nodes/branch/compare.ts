import Long from "long";
import { flyteidl } from "../../../../idl/flyteidl.ts";

type Primitive = flyteidl.core.Primitive.$Properties;
type Operator = flyteidl.core.ComparisonExpression.Operator;

/** A condition that cannot be evaluated. */
export class MalformedBranch extends Error {}

interface Comparable {
  /** As Go's protobuf calls the value: people see it in messages. */
  readonly type: string;
  readonly value: bigint | number | string | boolean;
}

const long = (value: Long | number | null | undefined): bigint => BigInt(Long.fromValue(value ?? 0).toString());

/** A value by which it is compared: dates and durations by whole seconds, texts by their bytes. */
function comparable(primitive: Primitive): Comparable {
  if (primitive.integer != null) return { type: "Integer", value: long(primitive.integer) };
  if (primitive.floatValue != null) return { type: "FloatValue", value: primitive.floatValue };
  // Hexadecimal sorts as the bytes do.
  if (primitive.stringValue != null) return { type: "StringValue", value: Buffer.from(primitive.stringValue).toString("hex") };
  if (primitive.boolean != null) return { type: "Boolean", value: primitive.boolean };
  if (primitive.datetime != null) return { type: "Datetime", value: long(primitive.datetime.seconds) };
  if (primitive.duration != null) return { type: "Duration", value: long(primitive.duration.seconds) };
  throw new MalformedBranch("Only primitives can be compared. A value is not set.");
}

/** Whether `left operator right` holds. MalformedBranch for what cannot be compared. Flyte: nodes/branch/comparator.go. */
export function comparePrimitives(left: Primitive, right: Primitive, operator: Operator): boolean {
  const { EQ, NEQ, GT, GTE, LT, LTE } = flyteidl.core.ComparisonExpression.Operator;
  const { type, value: a } = comparable(left);
  const { type: otherType, value: b } = comparable(right);
  if (type !== otherType) {
    throw new MalformedBranch(
      `Comparison between different primitives types. lVal[*core.Primitive_${type}]:rVal[*core.Primitive_${otherType}]`,
    );
  }
  if (type === "Boolean" && operator !== EQ && operator !== NEQ) {
    const name = flyteidl.core.ComparisonExpression.Operator[operator] ?? String(operator);
    throw new MalformedBranch(`[${name}] not defined for boolean operands.`);
  }
  switch (operator) {
    case EQ:
      return a === b;
    case NEQ:
      return a !== b;
    case GT:
      return a > b;
    case GTE:
      return a === b || a > b;
    // The negation of the others, so that it holds for what has no order.
    case LT:
      return !(a > b || a === b);
    case LTE:
      return !(a > b);
    default:
      throw new MalformedBranch("Unsupported operator type in Propeller. System error.");
  }
}
