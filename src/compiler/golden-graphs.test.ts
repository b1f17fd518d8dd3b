import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { goldenBindings, goldenNode, goldenVariables } from "../../test/support/golden-graph.ts";
import { compile, edgesOf, taskId, workflowId } from "../../test/support/templates.ts";
import type { GoldenGraph } from "../../test/support/golden-graph.ts";

// What Flyte's own compiler made of these workflows, each a different one: the edges it found, and with them the ids of arms.
const graphs = JSON.parse(
  readFileSync(new URL("../../test/goldens/compiled-graphs.json", import.meta.url), "utf8"),
) as readonly GoldenGraph[];

test("there are golden graphs to compare with", () => {
  expect(graphs.length).toBeGreaterThan(50);
});

test.each(graphs.map((graph, index) => [`${index} ${graph.about}`, graph] as const))("%s has the edges that Flyte finds", (_, graph) => {
  const tasks = Object.entries(graph.tasks).map(([name, { inputs, outputs }]) => ({
    template: { id: taskId(name), type: "python-task", interface: { inputs: goldenVariables(inputs), outputs: goldenVariables(outputs) } },
  }));
  const primary = {
    id: workflowId("w"),
    interface: { inputs: goldenVariables(graph.inputs), outputs: goldenVariables(graph.outputs) },
    nodes: graph.nodes.map((node) => goldenNode(node, taskId)),
    outputs: goldenBindings(graph.gives),
  };
  expect(edgesOf(compile(primary, tasks))).toEqual(graph.expected);
});
