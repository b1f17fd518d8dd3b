import { describe, expect, test } from "vitest";
import { flyteidl } from "../idl/flyteidl.ts";
import type { Binding, BindingData, LiteralType, WorkflowNode } from "../idl/types.ts";
import {
  SimpleType,
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
} from "../../test/support/templates.ts";
import { string, task, taskId, textValue, workflow, workflowId } from "../../test/support/templates.ts";
import { requirements } from "./requirements.ts";

describe("a workflow of one node", () => {
  const primary = workflow([node("FirstNode", "task_123")], {}, {}, [], { interface: null });

  test("is wired between start and end", () => {
    const compiled = compile(primary, [task("task_123")]);
    expect(edgesOf(compiled)).toEqual({
      downstream: { "start-node": ["FirstNode"], FirstNode: ["end-node"] },
      upstream: { FirstNode: ["start-node"], "end-node": ["FirstNode"] },
    });
    if ("errors" in compiled) throw new Error("unreachable");
    const template = compiled.closure.primary?.template;
    expect(template?.nodes?.map((one) => one.id)).toEqual(["start-node", "end-node", "FirstNode"]);
    expect(template?.interface).toEqual({ inputs: { variables: {} }, outputs: { variables: {} } });
    expect(primary.nodes).toHaveLength(1);
  });

  test("requires its task", () => {
    expect(requirements(primary, [])).toEqual({ tasks: [taskId("task_123")], launchPlans: [] });
    expect(errorsOf(compile(primary))).toEqual([
      `TaskReferenceNotFound|start-node|Referenced Task [${idText("TASK", "task_123")}] not found.`,
    ]);
  });

  test("keeps all tasks given, each once, as they are, with fields of a newer flyteidl", () => {
    const unknown = Buffer.from([0xf2, 0xc0, 0x01, 0x03, 0x61, 0x62, 0x63]);
    const bytes = Buffer.concat([flyteidl.core.CompiledTask.encode(task("task_123")).finish(), unknown]);
    const given = flyteidl.core.CompiledTask.decode(bytes);
    const compiled = compile(primary, [given, task("task_123"), task("other")]);
    if ("errors" in compiled) throw new Error(compiled.errors.toString());
    expect(compiled.closure.tasks?.map((one) => one.template?.id?.name)).toEqual(["task_123", "other"]);
    expect(Buffer.from(flyteidl.core.CompiledWorkflowClosure.encode(compiled.closure).finish()).includes(unknown)).toBe(true);
  });
});

describe("a workflow of two nodes with an alias", () => {
  const numbers = task("add", { x: int, y: int }, { x: int });
  const primary = workflow(
    [
      node("node_2", "add", [bind("x", promise("node_1", "x")), bind("y", intValue(124))], {
        outputAliases: [{ var: "x", alias: "n2_output" }],
      }),
      node("node_1", "add", [bind("x", promise("", "wf_input")), bind("y", intValue(124))]),
    ],
    { wf_input: int },
    { wf_output: int },
    [bind("wf_output", promise("node_2", "n2_output"))],
  );

  test("is wired by what is bound", () => {
    expect(edgesOf(compile(primary, [numbers]))).toEqual({
      downstream: { "start-node": ["node_1"], node_1: ["node_2"], node_2: ["end-node"] },
      upstream: { node_1: ["start-node"], node_2: ["node_1"], "end-node": ["node_2"] },
    });
  });

  test("names the start node in what is bound to its inputs, in the copy only", () => {
    const compiled = compile(primary, [numbers]);
    if ("errors" in compiled) throw new Error(compiled.errors.toString());
    const nodes = compiled.closure.primary?.template?.nodes ?? [];
    expect(nodes.find((one) => one.id === "node_1")?.inputs?.[0]?.binding?.promise?.nodeId).toBe("start-node");
    expect(nodes.find((one) => one.id === "end-node")?.inputs?.[0]?.binding?.promise?.nodeId).toBe("node_2");
    expect(primary.nodes?.[1]?.inputs?.[0]?.binding?.promise?.nodeId).toBe("");
  });

  test("the name before the alias is gone", () => {
    const old = { ...primary, outputs: [bind("wf_output", promise("node_2", "x"))] };
    expect(errorsOf(compile(old, [numbers]))).toEqual([
      "ParameterNotBound|end-node|Parameter not bound [wf_output].",
      "VariableNameNotFound|node_2|Variable [x] not found on node [node_2].",
    ]);
  });
});

test("upstream ids are sorted, whatever the order they are given in", () => {
  const build = (ids: string[]): Uint8Array => {
    const compiled = compile(workflow([node("a", "t"), node("b", "t"), node("c", "t", [], { upstreamNodeIds: ids })]), [task("t")]);
    if ("errors" in compiled) throw new Error(compiled.errors.toString());
    return flyteidl.core.CompiledWorkflowClosure.encode(compiled.closure).finish();
  };
  expect(build(["b", "a"])).toEqual(build(["a", "b"]));
});

test("an explicit dependency alone orders two nodes", () => {
  const compiled = compile(workflow([node("b", "t", [], { upstreamNodeIds: ["a"] }), node("a", "t")]), [task("t")]);
  expect(edgesOf(compiled)).toEqual({
    downstream: { "start-node": ["a"], a: ["b"], b: ["end-node"] },
    upstream: { a: ["start-node"], b: ["a"], "end-node": ["b"] },
  });
});

test("only the first of two nodes with one id counts", () => {
  const compiled = compile(workflow([node("a", "t"), node("a", "u"), node("start-node", "t")]), [task("t"), task("u")]);
  if ("errors" in compiled) throw new Error(compiled.errors.toString());
  expect(compiled.closure.primary?.template?.nodes?.map((one) => one.taskNode?.referenceId?.name)).toEqual([undefined, undefined, "t"]);
});

describe("what is bound", () => {
  const list = (...bindings: BindingData[]): BindingData => ({ collection: { bindings } });
  const map = (bindings: Record<string, BindingData>): BindingData => ({ map: { bindings } });
  const enumeration: LiteralType = { enumType: { values: ["red", "blue"] } };
  const dataclass: LiteralType = {
    simple: SimpleType.STRUCT,
    structure: { dataclassType: { field: int, deep: { collectionType: string } } },
  };
  const tagged = (type: LiteralType, tag: string): LiteralType => ({ ...type, structure: { tag } });
  const optional: LiteralType = { unionType: { variants: [tagged(int, "int"), tagged(none, "none")] } };
  const listOrMap: LiteralType = { unionType: { variants: [{ collectionType: int }, { mapValueType: int }] } };
  const twoLists: LiteralType = { unionType: { variants: [{ collectionType: int }, { collectionType: optional }] } };
  const source = task(
    "source",
    {},
    { o: int, l: { collectionType: int }, m: { mapValueType: { collectionType: string } }, dc: dataclass, e: enumeration, s: string },
  );

  /** Errors of binding `binding` to an input of type `type`. */
  const given = (type: LiteralType, ...bindings: (BindingData | undefined)[]): string[] =>
    errorsOf(
      compile(
        workflow([
          node("src", "source", [], { metadata: { name: "source" } }),
          node(
            "n",
            "sink",
            bindings.map((binding) => ({ var: "i", ...(binding ? { binding } : {}) })),
            { metadata: { name: "sink" } },
          ),
        ]),
        [source, task("sink", { i: type })],
      ),
    );

  test.each<[string, LiteralType, BindingData]>([
    ["a promise", int, promise("src", "o")],
    ["a scalar", int, intValue(1)],
    ["a list", { collectionType: int }, list(intValue(1), promise("src", "o"))],
    ["an empty list", { collectionType: int }, list()],
    ["a map", { mapValueType: int }, map({ a: intValue(1), b: promise("src", "o") })],
    ["an element by index", int, promise("src", "[0].l")],
    ["an element by path", int, promise("src", "l", 0)],
    ["an element of an element", string, promise("src", "m", "key", 2)],
    ["a field", int, promise("src", "dc", "field")],
    ["a field's element", string, promise("src", "dc", "deep", 0)],
    ["a value of an enum", enumeration, textValue("blue")],
    ["an enum for a text", string, promise("src", "e")],
    ["a text for an enum", enumeration, promise("src", "s")],
    ["an int for an optional one", optional, intValue(1)],
    ["a list where a map would do too", listOrMap, list(intValue(1))],
    ["a map where a list would do too", listOrMap, map({ a: intValue(1) })],
  ])("%s", (_, type, binding) => {
    expect(given(type, binding)).toEqual([]);
  });

  test("nothing, to an optional input", () => {
    expect(given(optional)).toEqual([]);
  });

  test.each<[string, LiteralType, (BindingData | undefined)[], string[]]>([
    ["nothing", int, [], ["ParameterNotBound|n|Parameter not bound [i]."]],
    ["no value", int, [undefined], ["ParameterNotBound|n|Parameter not bound [i].", "ValueRequired|n|Value required [Binding]."]],
    ["twice", int, [intValue(1), intValue(2)], ["ParameterBoundMoreThanOnce|n|Input [i] is bound more than once."]],
    [
      "a promise of another type",
      string,
      [promise("src", "o")],
      [
        "MismatchingTypes|n|The output variable 'source.o' has type [simple:INTEGER], but it's assigned to the input variable 'sink.i' which has type type [simple:STRING].",
      ],
    ],
    [
      "an index of what is no list",
      int,
      [promise("src", "[0].o")],
      [
        "MismatchingTypes|n|The output variable 'source.[0].o' has type [simple:INTEGER], but it's assigned to the input variable 'sink.i' which has type type [simple:INTEGER].",
      ],
    ],
    [
      "a scalar of another type",
      int,
      [textValue("x")],
      ["MismatchingTypes|n|Variable [i] (type [simple:STRING]) doesn't match expected type [simple:INTEGER]."],
    ],
    [
      "a promise of a node that is not there",
      int,
      [promise("ghost", "o")],
      ["NodeReferenceNotFound|ghost|Referenced node [ghost] not found.", "ParameterNotBound|n|Parameter not bound [i]."],
    ],
    [
      "a promise of an output that is not there",
      int,
      [promise("src", "toString")],
      ["ParameterNotBound|n|Parameter not bound [i].", "VariableNameNotFound|src|Variable [toString] not found on node [src]."],
    ],
    ["a promise without a name", int, [promise("src", "")], ["SyntaxError|n|Failed to parse element []."]],
    ["a promise with half an index", int, [promise("src", "[x].l")], ["SyntaxError|n|Failed to parse element [[x].l]."]],
    [
      "a field that is not there",
      int,
      [promise("src", "dc", "missing")],
      [
        'FieldNotFound|n|Variable [dc] (type [simple:STRUCT structure:{dataclass_type:{key:"deep" value:{collection_type:{simple:STRING}}} dataclass_type:{key:"field" value:{simple:INTEGER}}}]) doesn\'t have field [missing].',
      ],
    ],
    [
      "a list to an int",
      int,
      [list(intValue(1))],
      [
        "MismatchingBindings|n|Input [i] on node [n] expects bindings of type [simple:INTEGER].  Received [bindings:{scalar:{primitive:{integer:1}}}]",
      ],
    ],
    [
      "a map to a list",
      { collectionType: int },
      [map({ a: promise("src", "o") })],
      [
        'MismatchingBindings|n|Input [i] on node [n] expects bindings of type [collection_type:{simple:INTEGER}].  Received [bindings:{key:"a" value:{promise:{node_id:"src" var:"o"}}}]',
      ],
    ],
    [
      "an empty binding",
      int,
      [{}],
      ["MismatchingBindings|n|Input [i] on node [n] expects bindings of type [simple:INTEGER].  Received []"],
    ],
    [
      "one bad element",
      { collectionType: int },
      [list(intValue(1), textValue("x"))],
      ["MismatchingTypes|n|Variable [i] (type [simple:STRING]) doesn't match expected type [simple:INTEGER]."],
    ],
    ["a blob without a type", { blob: {} }, [{ scalar: { blob: {} } }], ["UnrecognizedValue|n|Unrecognized value [*core.Scalar_Blob]."]],
    [
      "a text that the enum does not have",
      enumeration,
      [textValue("green")],
      ["IllegalEnumValue|n|Input [i] on node [n] is an Enum and expects value to be one of [[red blue]].  Received [green]"],
    ],
    [
      "a list that fits two variants",
      twoLists,
      [list(intValue(1))],
      [
        'AmbiguousBindingUnionValue|n|Input [i] on node [n] expects bindings of union type [union_type:{variants:{collection_type:{simple:INTEGER}} variants:{collection_type:{union_type:{variants:{simple:INTEGER structure:{tag:"int"}} variants:{simple:NONE structure:{tag:"none"}}}}}}].  Received [collection:{bindings:{scalar:{primitive:{integer:1}}}}] which is ambiguous as both variants [collection_type:{simple:INTEGER}] and [collection_type:{union_type:{variants:{simple:INTEGER structure:{tag:"int"}} variants:{simple:NONE structure:{tag:"none"}}}}] match.',
      ],
    ],
    [
      "a list that fits no variant",
      listOrMap,
      [list(textValue("x"))],
      [
        'IncompatibleBindingUnionValue|n|Input [i] on node [n] expects bindings of union type [union_type:{variants:{collection_type:{simple:INTEGER}} variants:{map_value_type:{simple:INTEGER}}}].  Received [collection:{bindings:{scalar:{primitive:{string_value:"x"}}}}] which does not match any of the variants.',
      ],
    ],
  ])("wrong: %s", (_, type, bindings, expected) => {
    expect(given(type, ...bindings)).toEqual(expected);
  });

  test("an input that is not there", () => {
    const compiled = compile(workflow([node("n", "t", [bind("constructor", intValue(1))])]), [task("t")]);
    expect(errorsOf(compiled)).toEqual(["VariableNameNotFound|n|Variable [constructor] not found on node [n]."]);
  });

  test("names are plain where nodes have no metadata", () => {
    const compiled = compile(workflow([node("a", "source"), node("b", "sink", [bind("i", promise("a", "o"))])]), [
      source,
      task("sink", { i: string }),
    ]);
    expect(errorsOf(compiled)).toEqual([
      "MismatchingTypes|b|The output variable 'o' has type [simple:INTEGER], but it's assigned to the input variable 'i' which has type type [simple:STRING].",
    ]);
  });
});

describe("outputs of the workflow", () => {
  test.each<[string, Binding[], string[]]>([
    ["not bound", [], ["ParameterNotBound|end-node|Parameter not bound [out]."]],
    [
      "unknown",
      [bind("out", intValue(1)), bind("more", intValue(1))],
      ["VariableNameNotFound|end-node|Variable [more] not found on node [end-node]."],
    ],
    [
      "of another type",
      [bind("out", textValue("x"))],
      ["MismatchingTypes|end-node|Variable [out] (type [simple:STRING]) doesn't match expected type [simple:INTEGER]."],
    ],
  ])("%s", (_, bindings, expected) => {
    expect(errorsOf(compile(workflow([node("n", "t")], {}, { out: int }, bindings), [task("t")]))).toEqual(expected);
  });
});

describe("aliases", () => {
  const producer = task("t", {}, { o: int });
  test.each<[string, { var: string; alias: string }[], string[]]>([
    [
      "two of one output",
      [
        { var: "o", alias: "a" },
        { var: "o", alias: "b" },
      ],
      ["DuplicateAlias|n|Duplicate alias [b] found. An output alias can only be used once in the Workflow."],
    ],
    ["of nothing", [{ var: "x", alias: "a" }], ["ParameterNotBound|n|Parameter not bound [a]."]],
  ])("%s", (_, outputAliases, expected) => {
    expect(errorsOf(compile(workflow([node("n", "t", [], { outputAliases })]), [producer]))).toEqual(expected);
  });
});

describe("the whole", () => {
  const t = task("t", {}, { o: int });
  const sink = task("sink", { i: int }, { o: int });

  test("no workflow at all", () => {
    expect(errorsOf(compile(null))).toEqual(["ValueRequired|root|Value required [wf]."]);
  });

  test("no nodes", () => {
    const id = idText("WORKFLOW", "w");
    expect(errorsOf(compile(workflow([])))).toEqual([`NoNodesFound|${id}|Can't find any nodes in workflow [${id}].`]);
  });

  test("a task without an id", () => {
    expect(errorsOf(compile(workflow([node("n", "t")]), [{ template: {} }]))).toEqual(["ValueRequired|task|Value required [Template.Id]."]);
  });

  test("variables without a type", () => {
    const compiled = compile(
      workflow([node("n", "t")], { a: {} }, {}, [], { interface: { inputs: { variables: { a: {}, "": { type: int } } } } }),
      [t],
    );
    expect(errorsOf(compiled)).toEqual([
      "ValueRequired|start-node|Value required [param.Type].",
      "ValueRequired|start-node|Value required [paramName].",
    ]);
  });

  test("a node without an id, a target or a reference", () => {
    const compiled = compile(workflow([node("", "t"), { id: "a" }, { id: "b", taskNode: {} }]), [t]);
    expect(errorsOf(compiled)).toEqual([
      "ValueRequired|<node>|Value required [Id].",
      "ValueRequired|a|Value required [Target].",
      "ValueRequired|b|Value required [TaskNode.ReferenceId].",
    ]);
  });

  test("a cycle", () => {
    const compiled = compile(
      workflow([
        node("a", "sink", [bind("i", promise("c", "o"))], { upstreamNodeIds: ["s"] }),
        node("b", "sink", [bind("i", promise("a", "o"))]),
        node("c", "sink", [bind("i", promise("b", "o"))]),
        node("s", "t"),
      ]),
      [t, sink],
    );
    expect(errorsOf(compiled)).toEqual(["CycleDetected|start-node|A cycle has been detected while traversing the Workflow [a>b>c>a]."]);
  });

  test("a node that waits for itself", () => {
    const compiled = compile(workflow([node("a", "t", [], { upstreamNodeIds: ["a", ""] })]), [t]);
    expect(errorsOf(compiled)).toEqual(["CycleDetected|start-node|A cycle has been detected while traversing the Workflow [a>a]."]);
  });

  test("nodes that nothing leads to", () => {
    const compiled = compile(
      workflow([node("a", "t"), node("z", "sink", [bind("i", promise("y", "o"))]), node("y", "sink", [bind("i", promise("z", "o"))])]),
      [t, sink],
    );
    expect(errorsOf(compiled)).toEqual(["UnreachableNodes|start-node|The Workflow contain unreachable nodes [y,z]."]);
  });

  test("a chain of ten thousand nodes", () => {
    const nodes = Array.from({ length: 10_000 }, (_, index) =>
      node(`n${index}`, "t", [], index === 0 ? {} : { upstreamNodeIds: [`n${index - 1}`] }),
    );
    expect(errorsOf(compile(workflow(nodes), [t]))).toEqual([]);
  });

  test("unused sub-workflows stay as they are", () => {
    const unused = workflow([node("n", "t")], {}, {}, [], { id: workflowId("sub") });
    const compiled = compile(workflow([node("n", "t")]), [t], [unused]);
    expect("closure" in compiled && compiled.closure.subWorkflows?.[0]?.template === unused).toBe(true);
  });

  test("sub-workflows with one id", () => {
    const sub = workflow([node("n", "t")], {}, {}, [], { id: workflowId("sub") });
    expect(errorsOf(compile(workflow([node("n", "t")]), [t], [sub, sub]))).toEqual([
      `DuplicateId|${idText("WORKFLOW", "sub")}|Trying to insert two nodes with the same id.`,
    ]);
  });
});

describe("requirements", () => {
  test("follow sub-workflows, all arms, array and failure nodes", () => {
    const sub = workflow([node("n", "in-sub")], {}, {}, [], { id: workflowId("sub") });
    const primary = workflow(
      [
        node("n0", "plain"),
        node("n1", "plain"),
        { id: "n2", workflowNode: { subWorkflowRef: workflowId("sub") } },
        { id: "n3", workflowNode: { launchplanRef: planId("lp") } },
        {
          id: "n4",
          branchNode: {
            ifElse: { case: { thenNode: node("a", "arm-1") }, other: [{ thenNode: node("b", "arm-2") }], elseNode: node("c", "arm-3") },
          },
        },
        { id: "n5", arrayNode: { node: node("d", "mapped") } },
      ],
      {},
      {},
      [],
      { failureNode: node("fn0", "cleanup") },
    );
    const found = requirements(primary, [sub]);
    expect(found.tasks.map((id) => id.name)).toEqual(["arm-1", "arm-2", "arm-3", "cleanup", "in-sub", "mapped", "plain"]);
    expect(found.launchPlans).toEqual([planId("lp")]);
  });

  test("of a launch plan and a sub-workflow that are not there", () => {
    const compiled = compile(
      workflow([
        { id: "n0", workflowNode: { launchplanRef: planId("lp") } },
        { id: "n1", workflowNode: { subWorkflowRef: workflowId("sub") } },
      ]),
    );
    expect(errorsOf(compiled)).toEqual([
      `WorkflowReferenceNotFound|n1|Referenced Workflow [${idText("WORKFLOW", "sub")}] not found.`,
      `WorkflowReferenceNotFound|start-node|Referenced Workflow [${idText("LAUNCH_PLAN", "lp")}] not found.`,
    ]);
  });

  test("of sub-workflows that contain each other end with an error", () => {
    const refer = (name: string): WorkflowNode => ({ id: "n", workflowNode: { subWorkflowRef: workflowId(name) } });
    const subs = ["x", "y"].map((name) => workflow([refer(name === "x" ? "y" : "x")], {}, {}, [], { id: workflowId(name) }));
    const path = ["x", "y", "x"].map((name) => idText("WORKFLOW", name)).join(">");
    expect(errorsOf(compile(workflow([refer("x")]), [], subs))).toEqual([
      `CycleDetected|n|A cycle has been detected while traversing the Workflow [${path}].`,
    ]);
  });
});
