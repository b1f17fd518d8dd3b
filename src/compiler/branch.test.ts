import { describe, expect, test } from "vitest";
import { flyteidl } from "../idl/flyteidl.ts";
import type { Binding, BindingData, LiteralType, WorkflowNode } from "../idl/types.ts";
import {
  bind,
  compile,
  edgesOf,
  errorsOf,
  int,
  intValue,
  node,
  promise,
  string,
  task,
  textValue,
  workflow,
} from "../../test/support/templates.ts";

type IfElse = flyteidl.core.IfElseBlock.$Properties;
type Expression = flyteidl.core.BooleanExpression.$Properties;
type Operand = flyteidl.core.Operand.$Properties;
const { Operator } = flyteidl.core.ComparisonExpression;
const { LogicalOperator } = flyteidl.core.ConjunctionExpression;

const variable = (name: string): Operand => ({ var: name });
const constant = (binding: BindingData): Operand => ({ scalar: binding.scalar ?? {} });
const compare = (left: Operand, right: Operand): Expression => ({
  comparison: { operator: Operator.GT, leftValue: left, rightValue: right },
});
const both = (left: Expression, right: Expression): Expression => ({
  conjunction: { operator: LogicalOperator.AND, leftExpression: left, rightExpression: right },
});
const one = intValue(1);
const isPositive = compare(variable("x"), constant(one));
const branch = (ifElse: IfElse, inputs: Binding[] = [bind("x", promise("", "x"))], id = "b"): WorkflowNode => ({
  id,
  branchNode: { ifElse },
  inputs,
});
const failing = { error: { failedNodeId: "b", message: "nothing fits" } };

const tasks = [
  task("plain"),
  task("number", {}, { o0: int, extra: string }),
  task("other-number", { a: int }, { o0: int }),
  task("text", {}, { o0: string }),
  task("source", {}, { o: int, m: { mapValueType: int }, free: { simple: flyteidl.core.SimpleType.STRUCT } }),
  task("sink", { i: int }),
];
const compiled = (nodes: WorkflowNode[], inputs: Record<string, LiteralType> = { x: int }): ReturnType<typeof compile> =>
  compile(workflow(nodes, inputs), tasks);

describe("a branch", () => {
  test("renames its arms, and keeps their edges on the upstream side only", () => {
    const result = compiled([
      node("n0", "source"),
      branch(
        {
          case: { condition: isPositive, thenNode: node("n0", "number") },
          other: [{ condition: isPositive, thenNode: node("n1", "other-number", [bind("a", promise("n0", "o"))]) }],
          elseNode: node("n2", "number"),
        },
        [bind("x", promise("", "x"))],
        "n1",
      ),
      node("n2", "sink", [bind("i", promise("n1", "o0"))]),
    ]);
    expect(edgesOf(result)).toEqual({
      downstream: { "start-node": ["n0", "n1"], n0: ["end-node"], n1: ["n2"], n2: ["end-node"] },
      upstream: {
        n0: ["start-node"],
        n1: ["start-node"],
        "n1-n1": ["n0"],
        n2: ["n1"],
        "end-node": ["n0", "n2"],
      },
    });
    if ("errors" in result) throw new Error("unreachable");
    const { ifElse } = result.closure.primary?.template?.nodes?.find((found) => found.id === "n1")?.branchNode ?? {};
    expect([ifElse?.case?.thenNode?.id, ifElse?.other?.[0]?.thenNode?.id, ifElse?.elseNode?.id]).toEqual(["n1-n0", "n1-n1", "n1-n2"]);
  });

  test("within a branch repeats the prefix", () => {
    const inner = branch(
      { case: { condition: isPositive, thenNode: node("n0", "plain") }, ...failing },
      [bind("x", promise("", "x"))],
      "n0",
    );
    const result = compiled([branch({ case: { condition: isPositive, thenNode: inner }, ...failing }, undefined, "n3")]);
    if ("errors" in result) throw new Error(result.errors.toString());
    const outer = result.closure.primary?.template?.nodes?.find((found) => found.id === "n3");
    const arm = outer?.branchNode?.ifElse?.case?.thenNode;
    expect([arm?.id, arm?.branchNode?.ifElse?.case?.thenNode?.id]).toEqual(["n3-n0", "n3-n0-n0"]);
  });

  test("gives what all arms give, and nothing else", () => {
    const both = branch({
      case: { condition: isPositive, thenNode: node("a", "number") },
      elseNode: node("b", "other-number", [bind("a", one)]),
    });
    expect(errorsOf(compiled([both, node("s", "sink", [bind("i", promise("b", "o0"))])]))).toEqual([]);
    expect(errorsOf(compiled([both, node("s", "sink", [bind("i", promise("b", "extra"))])]))).toEqual([
      "ParameterNotBound|s|Parameter not bound [i].",
      "VariableNameNotFound|b|Variable [extra] not found on node [b].",
    ]);
  });

  test("whose arms disagree on a type", () => {
    const arms = branch({ case: { condition: isPositive, thenNode: node("a", "number") }, elseNode: node("c", "text") });
    expect(errorsOf(compiled([arms]))).toEqual([
      "MismatchingTypes|b-c|Variable [o0] (type [simple:INTEGER]) doesn't match expected type [simple:STRING].",
      "ValueRequired|b|Value required [x].",
    ]);
  });

  test("its arms' outputs cannot be taken from outside", () => {
    const arms = branch({ case: { condition: isPositive, thenNode: node("a", "number") }, ...failing });
    expect(errorsOf(compiled([arms, node("s", "sink", [bind("i", promise("b-a", "o0"))])]))).toEqual([
      "NodeReferenceNotFound|b-a|Referenced node [b-a] not found.",
      "ParameterNotBound|s|Parameter not bound [i].",
    ]);
  });

  test("an arm is checked like any node", () => {
    const arms = branch({ case: { condition: isPositive, thenNode: node("a", "sink", [bind("i", textValue("x"))]) }, ...failing });
    expect(errorsOf(compiled([arms]))).toEqual([
      "MismatchingTypes|b-a|Variable [i] (type [simple:STRING]) doesn't match expected type [simple:INTEGER].",
    ]);
  });
});

describe("pieces that are missing", () => {
  const arm = (): WorkflowNode => node("a", "plain");
  test.each<[string, WorkflowNode, string[]]>([
    [
      "everything",
      { id: "b", branchNode: {} },
      [
        "BranchNodeHasNoCondition|b|One of the branches on the node doesn't have a condition.",
        "BranchNodeHasNoDefault|b|Branch Node must have either the else case set or a default error.",
        "ValueRequired|b|Value required [Branch.IfElse].",
      ],
    ],
    [
      "the first case",
      branch({ ...failing }),
      [
        "BranchNodeHasNoCondition|b|One of the branches on the node doesn't have a condition.",
        "ValueRequired|b|Value required [Branch.IfElse.Case].",
      ],
    ],
    [
      "the first case's node",
      branch({ case: { condition: compare(constant(one), constant(one)) }, ...failing }),
      ["BranchNodeIdNotFound|b|BranchNode not assigned", "ValueRequired|b|Value required [Branch.IfElse.Case.ThenNode]."],
    ],
    [
      "another case's node",
      branch({
        case: { condition: compare(constant(one), constant(one)), thenNode: arm() },
        other: [{ condition: compare(constant(one), constant(one)) }],
        ...failing,
      }),
      ["BranchNodeIdNotFound|b|BranchNode not assigned", "ValueRequired|b|Value required [IfElse.Case.ThenNode]."],
    ],
    [
      "what to do else",
      branch({ case: { condition: isPositive, thenNode: arm() } }),
      ["BranchNodeHasNoDefault|b|Branch Node must have either the else case set or a default error."],
    ],
    [
      "a condition",
      branch({ case: { thenNode: arm() }, ...failing }),
      ["BranchNodeHasNoCondition|b|One of the branches on the node doesn't have a condition."],
    ],
    ["an expression", branch({ case: { condition: {}, thenNode: arm() }, ...failing }), ["ValueRequired|b|Value required [Expr]."]],
    [
      "both operands",
      branch({ case: { condition: { comparison: {} }, thenNode: arm() }, ...failing }),
      ["ValueRequired|b|Value required [LeftValue].", "ValueRequired|b|Value required [RightValue]."],
    ],
    [
      "an operand's value",
      branch({ case: { condition: compare({}, variable("x")), thenNode: arm() }, ...failing }),
      ["ValueRequired|b|Value required [LeftValue.Val]."],
    ],
    [
      "half a conjunction",
      branch({ case: { condition: { conjunction: { leftExpression: isPositive } }, thenNode: arm() }, ...failing }),
      ["BranchNodeHasNoCondition|b|One of the branches on the node doesn't have a condition."],
    ],
  ])("%s", (_, given, expected) => {
    expect(errorsOf(compiled([given]))).toEqual(expected);
  });
});

describe("conditions", () => {
  const given = (condition: Expression, inputs: Binding[]): string[] =>
    errorsOf(compiled([node("src", "source"), branch({ case: { condition, thenNode: node("a", "plain") }, ...failing }, inputs)]));

  test("may compare what is bound to the branch with a value, an attribute and each other", () => {
    const inputs = [bind("x", promise("", "x")), bind("src.o", promise("src", "o")), bind("y", promise("src", "m", "key"))];
    expect(given(both(isPositive, both(compare(variable("src.o"), variable("x")), compare(variable("y"), constant(one)))), inputs)).toEqual(
      [],
    );
  });

  test("a field of a struct without fields may be anything", () => {
    const inputs = [bind("f", promise("src", "free", "field"))];
    expect(given(compare(variable("f"), constant(textValue("x"))), inputs)).toEqual([]);
    expect(given(compare(variable("f"), constant(one)), inputs)).toEqual([]);
  });

  test("of a variable that is not bound", () => {
    expect(given(compare(variable("ghost"), constant(one)), [])).toEqual([
      "VariableNameNotFound|b|Variable [ghost] not found on node [b].",
    ]);
  });

  test("of two types", () => {
    expect(given(compare(variable("x"), constant(textValue("1"))), [bind("x", promise("", "x"))])).toEqual([
      "MismatchingTypes|b|Variable [RightValue] (type [simple:STRING]) doesn't match expected type [simple:INTEGER].",
    ]);
  });

  test("a list cannot be bound to a branch", () => {
    expect(given(compare(constant(one), constant(one)), [bind("l", { collection: { bindings: [one] } })])).toEqual([
      "MismatchingBindings|b|Input [l] on node [b] expects bindings of type [simple:NONE].  Received [bindings:{scalar:{primitive:{integer:1}}}]",
    ]);
  });
});

test("a branch may stand before what it takes from", () => {
  const result = compiled([
    branch({ case: { condition: compare(variable("v"), constant(one)), thenNode: node("a", "plain") }, ...failing }, [
      bind("v", promise("z", "o")),
    ]),
    node("z", "source"),
  ]);
  expect(errorsOf(result)).toEqual([]);
});

test("two branches that take from each other", () => {
  const self = (id: string, from: string): WorkflowNode =>
    branch(
      { case: { condition: compare(variable("v"), constant(one)), thenNode: node("a", "number") }, ...failing },
      [bind("v", promise(from, "o0"))],
      id,
    );
  const result = compiled([self("p", "q"), self("q", "p"), node("n", "plain", [], { upstreamNodeIds: ["p"] })]);
  expect(errorsOf(result)).toEqual(["UnreachableNodes|start-node|The Workflow contain unreachable nodes [n,p,q]."]);
});
