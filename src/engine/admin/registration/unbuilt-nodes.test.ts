import { expect, test } from "vitest";
import type { WorkflowNode } from "../../../idl/types.ts";
import { unbuiltNodes } from "./unbuilt-nodes.ts";

const array = (id: string): WorkflowNode => ({
  id,
  arrayNode: { node: { id: "inner", workflowNode: { subWorkflowRef: { name: "sub" } } } },
});

test("arrays of anything but tasks and launch plans are named wherever they stand", () => {
  const ifElse = { case: { thenNode: array("b-a") }, other: [{ thenNode: array("b-c") }], elseNode: array("b-e") };
  const errors = unbuiltNodes({
    primary: {
      template: { nodes: [{ id: "t", taskNode: {} }, array("l"), { id: "b", branchNode: { ifElse } }], failureNode: array("fn0") },
    },
    subWorkflows: [{ template: { nodes: [array("m")] } }],
  });
  expect(errors.list().map(({ nodeId, description }) => [nodeId, description])).toEqual([
    ["b-a", "Array nodes of anything but tasks and launch plans are not supported yet [b-a]."],
    ["b-c", "Array nodes of anything but tasks and launch plans are not supported yet [b-c]."],
    ["b-e", "Array nodes of anything but tasks and launch plans are not supported yet [b-e]."],
    ["fn0", "Array nodes of anything but tasks and launch plans are not supported yet [fn0]."],
    ["l", "Array nodes of anything but tasks and launch plans are not supported yet [l]."],
    ["m", "Array nodes of anything but tasks and launch plans are not supported yet [m]."],
  ]);
});

test("what propeller runs is not named", () => {
  const nodes: WorkflowNode[] = [
    { id: "t", taskNode: {} },
    { id: "s", workflowNode: { subWorkflowRef: { name: "sub" } } },
    { id: "l", workflowNode: { launchplanRef: { name: "lp" } } },
    { id: "m", arrayNode: { node: { taskNode: {} } } },
    { id: "a", arrayNode: { node: { workflowNode: { launchplanRef: { name: "lp" } } } } },
    { id: "g", gateNode: { sleep: {} } },
    { id: "b", branchNode: { ifElse: { case: { thenNode: { id: "b-t", taskNode: {} } } } } },
  ];
  expect(unbuiltNodes({ primary: { template: { nodes } } }).any).toBe(false);
});
