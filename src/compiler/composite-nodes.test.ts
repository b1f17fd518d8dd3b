import { describe, expect, test } from "vitest";
import type { LaunchPlanInterface } from "./workflow-scope.ts";
import type { LiteralType, WorkflowNode, WorkflowTemplate } from "../idl/types.ts";
import {
  bind,
  compile,
  edgesOf,
  errorsOf,
  idText,
  int,
  intValue,
  node,
  none,
  planId,
  promise,
  string,
} from "../../test/support/templates.ts";
import { task, textValue, variables, workflow, workflowId } from "../../test/support/templates.ts";

const list = (type: LiteralType): LiteralType => ({ collectionType: type });
const tasks = [
  task("plain"),
  task("source", {}, { o: int, l: list(int) }),
  task("sink", { i: int }),
  task("sink-list", { i: list(int) }),
  task("sink-optional-list", { i: list({ unionType: { variants: [int, none] } }) }),
  task("mapped", { a: list(int) }, { o0: list(int) }),
  task("cleanup", { i: int }),
];

describe("a sub-workflow", () => {
  const sub = (more: WorkflowTemplate = {}): WorkflowTemplate =>
    workflow([node("n0", "sink", [bind("i", promise("", "x"))])], { x: int }, { out: int }, [bind("out", promise("", "x"))], {
      id: workflowId("sub"),
      ...more,
    });
  const refer = (id: string, x = intValue(1)): WorkflowNode => ({
    id,
    workflowNode: { subWorkflowRef: workflowId("sub") },
    inputs: [bind("x", x)],
  });

  test("is wired itself, and its outputs can be taken", () => {
    const compiled = compile(workflow([refer("a"), node("s", "sink", [bind("i", promise("a", "out"))])]), tasks, [sub()]);
    expect(edgesOf(compiled).downstream).toEqual({ "start-node": ["a"], a: ["s"], s: ["end-node"] });
    if ("errors" in compiled) throw new Error("unreachable");
    const [inner] = compiled.closure.subWorkflows ?? [];
    expect(inner?.template?.nodes?.map((one) => one.id)).toEqual(["start-node", "end-node", "n0"]);
    expect(inner?.connections?.upstream?.["end-node"]?.ids).toEqual(["n0", "start-node"]);
  });

  test("is compiled once for all that refer to it, its errors told once", () => {
    const broken = sub({ nodes: [node("n0", "sink", [bind("i", textValue("x"))])] });
    const compiled = compile(workflow([refer("a"), refer("b")]), tasks, [broken]);
    expect(errorsOf(compiled)).toEqual([
      "MismatchingTypes|n0|Variable [i] (type [simple:STRING]) doesn't match expected type [simple:INTEGER].",
    ]);
  });

  test("takes its inputs by type", () => {
    expect(errorsOf(compile(workflow([refer("a", textValue("x"))]), tasks, [sub()]))).toEqual([
      "MismatchingTypes|a|Variable [x] (type [simple:STRING]) doesn't match expected type [simple:INTEGER].",
    ]);
  });

  test("without an interface", () => {
    expect(errorsOf(compile(workflow([refer("a")]), tasks, [sub({ interface: null, outputs: [], nodes: [node("n", "plain")] })]))).toEqual([
      "ValueRequired|a|Value required [WorkflowNode.Template.Interface].",
    ]);
  });

  test("three deep in an arm of a branch", () => {
    const outer = workflow(
      [{ id: "m", workflowNode: { subWorkflowRef: workflowId("sub") }, inputs: [bind("x", intValue(2))] }],
      {},
      {},
      [],
      {
        id: workflowId("outer"),
      },
    );
    const branch: WorkflowNode = {
      id: "b",
      branchNode: {
        ifElse: {
          case: {
            condition: { comparison: { leftValue: { primitive: { boolean: true } }, rightValue: { primitive: { boolean: true } } } },
            thenNode: { id: "t", workflowNode: { subWorkflowRef: workflowId("outer") } },
          },
          error: { failedNodeId: "b", message: "no" },
        },
      },
    };
    const compiled = compile(workflow([branch]), tasks, [outer, sub()]);
    if ("errors" in compiled) throw new Error(compiled.errors.toString());
    expect(compiled.closure.subWorkflows?.map((one) => one.template?.nodes?.length)).toEqual([3, 3]);
  });
});

describe("a launch plan", () => {
  const plan: LaunchPlanInterface = {
    id: planId("lp"),
    expectedInputs: { parameters: { needed: { var: { type: int }, required: true }, spare: { var: { type: string }, default: {} } } },
    expectedOutputs: variables({ out: int }),
  };
  const launch = (...inputs: NonNullable<WorkflowNode["inputs"]>): WorkflowNode => ({
    id: "l",
    workflowNode: { launchplanRef: planId("lp") },
    inputs,
  });

  test("may be given what has a default, or not", () => {
    for (const inputs of [[bind("needed", intValue(1))], [bind("needed", intValue(1)), bind("spare", textValue("x"))]]) {
      const compiled = compile(workflow([launch(...inputs), node("s", "sink", [bind("i", promise("l", "out"))])]), tasks, [], [plan]);
      expect(errorsOf(compiled)).toEqual([]);
    }
  });

  test.each<[string, WorkflowNode, string[]]>([
    ["nothing of what it needs", launch(), ["ParameterNotBound|l|Parameter not bound [needed]."]],
    [
      "a default's value of another type",
      launch(bind("needed", intValue(1)), bind("spare", intValue(1))),
      ["MismatchingTypes|l|Variable [spare] (type [simple:INTEGER]) doesn't match expected type [simple:STRING]."],
    ],
    [
      "what it does not know, as an input that is fixed",
      launch(bind("needed", intValue(1)), bind("fixed", intValue(1))),
      ["VariableNameNotFound|l|Variable [fixed] not found on node [l]."],
    ],
  ])("given %s", (_, given, expected) => {
    expect(errorsOf(compile(workflow([given]), tasks, [], [plan]))).toEqual(expected);
  });

  test("whose interface is not known", () => {
    const bare = { id: planId("lp"), expectedInputs: undefined, expectedOutputs: undefined };
    expect(errorsOf(compile(workflow([launch()]), tasks, [], [bare]))).toEqual([
      "ValueRequired|l|Value required [WorkflowNode.ExpectedInputs].",
      "ValueRequired|l|Value required [WorkflowNode.ExpectedOutputs].",
    ]);
  });

  test("or sub-workflow that is not named", () => {
    expect(errorsOf(compile(workflow([{ id: "l", workflowNode: {} }]), tasks))).toEqual([
      "WorkflowReferenceNotFound|l|Referenced Workflow [<nil>/<nil>] not found.",
    ]);
  });

  test("that prints like the workflow itself has its interface", () => {
    const primary = workflow([{ id: "l", workflowNode: { launchplanRef: workflowId("w") }, inputs: [bind("x", intValue(1))] }], { x: int });
    const itself: LaunchPlanInterface = { id: workflowId("w"), expectedInputs: null, expectedOutputs: null };
    expect(errorsOf(compile(primary, tasks, [], [itself]))).toEqual([]);
  });
});

describe("a gate", () => {
  const gate = (gateNode: WorkflowNode["gateNode"], inputs: WorkflowNode["inputs"] = []): WorkflowNode => ({ id: "g", gateNode, inputs });

  test("of sleep takes and gives nothing", () => {
    expect(errorsOf(compile(workflow([gate({ sleep: { duration: { seconds: 1 as never } } })]), tasks))).toEqual([]);
  });

  test("of a signal gives the signal", () => {
    const signal = gate({ signal: { signalId: "s", type: int, outputVariableName: "o0" } });
    expect(errorsOf(compile(workflow([signal, node("n", "sink", [bind("i", promise("g", "o0"))])]), tasks))).toEqual([]);
    expect(errorsOf(compile(workflow([signal, node("n", "sink", [bind("i", promise("g", "o1"))])]), tasks))).toEqual([
      "ParameterNotBound|n|Parameter not bound [i].",
      "VariableNameNotFound|g|Variable [o1] not found on node [g].",
    ]);
  });

  test("of approval gives what it takes", () => {
    const approve = gate({ approve: { signalId: "s" } }, [bind("o", promise("src", "o"))]);
    const use = node("n", "sink", [bind("i", promise("g", "o"))]);
    const compiled = compile(workflow([node("src", "source"), approve, use]), tasks);
    expect(edgesOf(compiled).upstream).toEqual({ src: ["start-node"], g: ["src"], n: ["g"], "end-node": ["n"] });
    const wrong = node("n", "sink-list", [bind("i", promise("g", "o"))]);
    expect(errorsOf(compile(workflow([node("src", "source"), approve, wrong]), tasks))).toEqual([
      "MismatchingTypes|n|The output variable 'o' has type [simple:INTEGER], but it's assigned to the input variable 'i' which has type type [collection_type:{simple:INTEGER}].",
    ]);
  });

  test.each<[string, WorkflowNode, string[]]>([
    ["of nothing", gate({}), ["NoConditionFound|g|Can't find any condition in gate node [g]."]],
    [
      "of a signal without a type",
      gate({ signal: { outputVariableName: "o" } }),
      ["ValueRequired|g|Value required [GateNode.Signal.Type]."],
    ],
    [
      "of a signal without a name",
      gate({ signal: { type: int } }),
      ["ValueRequired|g|Value required [GateNode.Signal.OutputVariableName]."],
    ],
  ])("%s", (_, given, expected) => {
    expect(errorsOf(compile(workflow([given]), tasks))).toEqual(expected);
  });
});

describe("an array", () => {
  test("of a mapped task has the task's interface as it is", () => {
    const array: WorkflowNode = { id: "m", arrayNode: { node: node("inner", "mapped") }, inputs: [bind("a", promise("src", "l"))] };
    const nodes = [node("src", "source"), array, node("n", "sink-list", [bind("i", promise("m", "o0"))])];
    expect(errorsOf(compile(workflow(nodes), tasks))).toEqual([]);
  });

  const plan: LaunchPlanInterface = {
    id: planId("lp"),
    expectedInputs: { parameters: { a: { var: { type: int }, required: true }, b: { var: { type: string }, required: true } } },
    expectedOutputs: variables({ o0: int }),
  };
  const over = (more: object): WorkflowNode => {
    const inputs = [bind("a", promise("src", "l")), bind("b", textValue("x"))];
    const inner = { id: "inner", workflowNode: { launchplanRef: planId("lp") }, inputs };
    return { id: "m", arrayNode: { node: inner, isOriginalSubNodeInterface: { value: true }, boundInputs: ["b"], ...more }, inputs };
  };

  test("over a launch plan has lists of what the plan has, but for bound inputs", () => {
    const nodes = [node("src", "source"), over({}), node("n", "sink-list", [bind("i", promise("m", "o0"))])];
    expect(errorsOf(compile(workflow(nodes), tasks, [], [plan]))).toEqual([]);
    const unbound = [node("src", "source"), over({ boundInputs: [] })];
    expect(errorsOf(compile(workflow(unbound), tasks, [], [plan]))).toEqual([
      "MismatchingTypes|m|Variable [b] (type [simple:STRING]) doesn't match expected type [collection_type:{simple:STRING}].",
    ]);
  });

  test("that need not succeed whole gives lists of what may be missing", () => {
    const some = over({ minSuccessRatio: 0.5 });
    const optional = [node("src", "source"), some, node("n", "sink-optional-list", [bind("i", promise("m", "o0"))])];
    expect(errorsOf(compile(workflow(optional), tasks, [], [plan]))).toEqual([]);
    const plain = [node("src", "source"), some, node("n", "sink-list", [bind("i", promise("m", "o0"))])];
    expect(errorsOf(compile(workflow(plain), tasks, [], [plan]))).toHaveLength(1);
  });

  test("of nothing", () => {
    expect(errorsOf(compile(workflow([{ id: "m", arrayNode: {} }]), tasks))).toEqual(["ValueRequired||Value required [Target]."]);
  });
});

describe("a failure node", () => {
  test("is kept, and waits for what it takes, but nothing waits for it", () => {
    const failureNode = node("fn0", "cleanup", [bind("i", promise("src", "o"))]);
    const compiled = compile(workflow([node("src", "source")], {}, {}, [], { failureNode }), tasks);
    expect(edgesOf(compiled)).toEqual({
      downstream: { "start-node": ["src"], src: ["end-node"] },
      upstream: { src: ["start-node"], fn0: ["src"], "end-node": ["src"] },
    });
    if ("errors" in compiled) throw new Error("unreachable");
    expect(compiled.closure.primary?.template?.failureNode?.id).toBe("fn0");
  });

  test("is checked like any node", () => {
    const failureNode = node("fn0", "cleanup", [bind("i", textValue("x")), bind("err", intValue(1))]);
    expect(errorsOf(compile(workflow([node("n", "plain")], {}, {}, [], { failureNode }), tasks))).toEqual([
      "MismatchingTypes|fn0|Variable [i] (type [simple:STRING]) doesn't match expected type [simple:INTEGER].",
      "VariableNameNotFound|fn0|Variable [err] not found on node [fn0].",
    ]);
  });

  test("whose task is not there", () => {
    const failureNode = node("fn0", "ghost");
    expect(errorsOf(compile(workflow([node("n", "plain")], {}, {}, [], { failureNode }), tasks))).toEqual([
      `TaskReferenceNotFound|start-node|Referenced Task [${idText("TASK", "ghost")}] not found.`,
    ]);
  });
});
