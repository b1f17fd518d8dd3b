import { expect, test } from "vitest";
import type { CompiledWorkflowClosure } from "../../idl/types.ts";
import { workflowDot, workflowsDot } from "./workflow-dot.ts";

const task = (id: string, name: string, upstreamNodeIds: string[] = []) => ({
  id,
  upstreamNodeIds,
  metadata: { name },
  taskNode: { referenceId: { name: `m.${name}` } },
});
const inner = { project: "p", domain: "d", name: "m.inner", version: "v" };

const closure: CompiledWorkflowClosure = {
  primary: {
    template: {
      id: { name: "m.wf" },
      nodes: [
        { id: "start-node" },
        task("n0", "load"),
        {
          id: "n1",
          branchNode: {
            ifElse: {
              case: {
                condition: { comparison: { operator: 2, leftValue: { var: ".n" }, rightValue: { primitive: { integer: 3 } } } },
                thenNode: task("n1-a", "big"),
              },
              error: { message: 'too "small"' },
            },
          },
        },
        { id: "n2", workflowNode: { subWorkflowRef: inner } },
        { id: "n3", arrayNode: { node: task("x", "each") } },
        { id: "n4", gateNode: { signal: { signalId: "go" } } },
        { id: "n5", workflowNode: { launchplanRef: { name: "other\u001b[2J\\" } } },
        { id: "end-node" },
      ],
      failureNode: task("fn", "clean"),
    },
    connections: {
      downstream: {
        "start-node": { ids: ["n0"] },
        n0: { ids: ["n1", "n2"] },
        n1: { ids: ["n3", "n1-a"] },
        n2: { ids: ["n4"] },
        n3: { ids: ["end-node"] },
        n4: { ids: ["n5"] },
        n5: { ids: ["end-node"] },
      },
    },
  },
  subWorkflows: [{ template: { id: inner, nodes: [task("n0", "deep"), task("n1", "deeper", ["n0"])] } }],
};

test("a workflow's graph in Graphviz's language", () => {
  expect(workflowDot(closure).split("\n")).toEqual([
    'digraph "m.wf" {',
    "  rankdir=LR;",
    "  node [shape=box, style=rounded];",
    '  "start-node" [label="start", shape=circle];',
    '  "n0" [label="n0\\nload\\nm.load"];',
    '  "n1" [label="n1", shape=diamond, style=""];',
    '  "n1-a" [label="n1-a\\nbig\\nm.big"];',
    '  "n1" -> "n1-a" [label=".n > 3"];',
    '  "n1/error" [label="fail\\ntoo \\"small\\"", color=red];',
    '  "n1" -> "n1/error" [label="else"];',
    '  subgraph "cluster n2" {',
    '    label="n2\\nm.inner";',
    '    "n2/start-node" [label="start", shape=circle];',
    '    "n2/n0" [label="n0\\ndeep\\nm.deep"];',
    '    "n2/n1" [label="n1\\ndeeper\\nm.deeper"];',
    '    "n2/end-node" [label="end", shape=doublecircle];',
    '    "n2/n0" -> "n2/n1";',
    "  }",
    '  "n3" [label="n3\\nfor each\\nm.each", shape=box3d];',
    '  "n4" [label="n4\\nwaits for signal go", shape=octagon];',
    '  "n5" [label="n5\\nother[2J\\\\", shape=folder];',
    '  "end-node" [label="end", shape=doublecircle];',
    '  "start-node" -> "n0";',
    '  "n0" -> "n1";',
    '  "n0" -> "n2/start-node";',
    '  "n1-a" -> "n3";',
    '  "n2/end-node" -> "n4";',
    '  "n3" -> "end-node";',
    '  "n4" -> "n5";',
    '  "n5" -> "end-node";',
    '  "fn" [label="fn\\nclean\\nm.clean"];',
    '  "start-node" -> "fn" [style=dashed, color=red, label="on failure"];',
    "}",
    "",
  ]);
});

test("a workflow that is in itself, and one that is not compiled, end", () => {
  const loop = { template: { id: inner, nodes: [{ id: "n0", workflowNode: { subWorkflowRef: inner } }] } };
  expect(workflowDot({ primary: loop, subWorkflows: [loop] })).toContain("… more");
  expect(workflowDot(undefined)).toContain("digraph");
});

test("several workflows are one graph, since Graphviz would make a file of each graph that no reader of SVG takes", () => {
  const one = (name: string): CompiledWorkflowClosure => ({
    primary: { template: { id: { name }, nodes: [task("n0", "only"), { id: "n1", workflowNode: { subWorkflowRef: inner } }] } },
    subWorkflows: [{ template: { id: inner, nodes: [task("n0", "deep")] } }],
  });
  expect(workflowsDot([one("m.a"), one("m.b")]).split("\n")).toEqual([
    "digraph {",
    "  rankdir=LR;",
    "  node [shape=box, style=rounded];",
    ...["a", "b"].flatMap((name, index) => [
      `  subgraph "cluster ${index}" {`,
      `    label="m.${name}";`,
      `    "${index}/start-node" [label="start", shape=circle];`,
      `    "${index}/n0" [label="n0\\nonly\\nm.only"];`,
      `    subgraph "cluster ${index}/n1" {`,
      '      label="n1\\nm.inner";',
      `      "${index}/n1/start-node" [label="start", shape=circle];`,
      `      "${index}/n1/n0" [label="n0\\ndeep\\nm.deep"];`,
      `      "${index}/n1/end-node" [label="end", shape=doublecircle];`,
      "    }",
      `    "${index}/end-node" [label="end", shape=doublecircle];`,
      "  }",
    ]),
    "}",
    "",
  ]);
  expect(workflowsDot([closure])).toBe(workflowDot(closure));
});
