import Long from "long";
import { expect, test } from "vitest";
import { decideBranch } from "./decide-branch.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import type { Literal } from "../../../../idl/types.ts";

type Condition = flyteidl.core.BooleanExpression.$Properties;
const { AND, OR } = flyteidl.core.ConjunctionExpression.LogicalOperator;

const yes: Condition = { comparison: { leftValue: { primitive: { boolean: true } }, rightValue: { primitive: { boolean: true } } } };
const no: Condition = { comparison: { leftValue: { primitive: { boolean: true } }, rightValue: { primitive: { boolean: false } } } };
const wrong: Condition = { comparison: { leftValue: { primitive: { boolean: true } }, rightValue: { primitive: { integer: Long.ONE } } } };
const both = (leftExpression: Condition, operator: number, rightExpression: Condition): Condition => ({
  conjunction: { leftExpression, operator, rightExpression },
});

function takes(condition: Condition, literals: Record<string, Literal> = {}): string {
  const ifElse = { case: { condition, thenNode: { id: "then" } }, elseNode: { id: "else" } };
  const decided = decideBranch({ ifElse }, { literals });
  return "arm" in decided ? (decided.arm.id ?? "") : `${decided.failure.code} ${decided.failure.kind}`;
}

test.each<[string, Condition, string]>([
  ["yes and yes", both(yes, AND, yes), "then"],
  ["yes and no", both(yes, AND, no), "else"],
  ["no and yes", both(no, AND, yes), "else"],
  ["no and no", both(no, AND, no), "else"],
  ["yes or yes", both(yes, OR, yes), "then"],
  ["yes or no", both(yes, OR, no), "then"],
  ["no or yes", both(no, OR, yes), "then"],
  ["no or no", both(no, OR, no), "else"],
  // Both sides are looked at, though one would do.
  ["no and wrong", both(no, AND, wrong), "MalformedBranchUserError USER"],
  ["yes or wrong", both(yes, OR, wrong), "MalformedBranchUserError USER"],
  ["wrong and no", both(wrong, AND, no), "MalformedBranchUserError USER"],
  ["wrong or yes", both(wrong, OR, yes), "MalformedBranchUserError USER"],
  ["(no or yes) and yes", both(both(no, OR, yes), AND, yes), "then"],
  ["no condition at all", {}, "MalformedBranchUserError USER"],
  ["the default of operators", { comparison: { leftValue: { var: "x" }, rightValue: { primitive: { boolean: true } } } }, "then"],
])("%s", (_, condition, arm) => {
  expect(takes(condition, { x: { scalar: { primitive: { boolean: true } } } })).toBe(arm);
});

test.each<[string, Literal, string]>([
  ["a list", { collection: {} }, "Only primitives can be compared. LHS Variable is non primitive."],
  ["none", { scalar: { noneType: {} } }, "Only primitives can be compared. LHS Variable is non primitive."],
])("%s is not compared", (_, x, message) => {
  const condition: Condition = { comparison: { leftValue: { var: "x" }, rightValue: { primitive: { boolean: true } } } };
  const decided = decideBranch({ ifElse: { case: { condition, thenNode: { id: "then" } } } }, { literals: { x } });
  expect(decided).toMatchObject({ failure: { message: `[MalformedBranchUserError] ${message}` } });
});

test("conditions after the one that holds are not looked at", () => {
  const other = [
    { condition: yes, thenNode: { id: "second" } },
    { condition: wrong, thenNode: { id: "third" } },
  ];
  expect(decideBranch({ ifElse: { case: { condition: no, thenNode: { id: "first" } }, other } }, {})).toEqual({ arm: { id: "second" } });
});
