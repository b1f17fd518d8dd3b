import { expect, test } from "vitest";
import type { CompiledWorkflowClosure, WorkflowNode } from "../../idl/types.ts";
import { nodeName } from "./node-definitions.ts";

const node = (id: string, name: string): WorkflowNode => ({ id, metadata: { name } });
const array = (id: string, name: string): WorkflowNode => ({
  id,
  metadata: { name: "many" },
  arrayNode: { node: { metadata: { name }, workflowNode: { launchplanRef: {} } } },
});
const closure: CompiledWorkflowClosure = {
  primary: {
    template: { nodes: [node("n0", "load"), node("n1", "child"), node("n2", "n2"), { id: "n3" }, node("s4", "same"), array("a0", "plan")] },
  },
  subWorkflows: [
    { template: { nodes: [node("n0", "inner"), node("s4", "same"), node("n5", "one"), node("s5", "only")] } },
    { template: { nodes: [node("n0", "other"), array("a1", "another")] } },
  ],
};

test.each<[string, string | null, string | undefined]>([
  ["n0", "n0", "load"],
  ["n0", null, "load"],
  ["n2", "n2", undefined],
  ["n3", "n3", undefined],
  ["n9", "n9", undefined],
  ["n1-0-n8", "n8", "another"],
  // It may be an element of the array within.
  ["n1-0-n5", "n5", undefined],
  ["n1-0-s5", "s5", "only"],
  ["n1-0-s4", "s4", "same"],
  ["a0-0-n0", "n0", "plan"],
  ["a0-0-n12", "n12", "plan"],
  ["n1-0-n0", "n0", undefined],
])("node %s of %s is named %s", (nodeId, specNodeId, name) => {
  expect(nodeName(closure, { nodeId, specNodeId })).toBe(name);
});

test("without a workflow there are no names", () => {
  expect(nodeName(undefined, { nodeId: "n0", specNodeId: "n0" })).toBeUndefined();
});
