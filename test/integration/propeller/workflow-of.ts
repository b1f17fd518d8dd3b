import Long from "long";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type { Binding, BindingData, ExecutionSpec, Literal, LiteralMap, WorkflowNode, TaskTemplate } from "../../../src/idl/types.ts";
import type { WorkflowSpec } from "../../../src/ports/workflow-store.ts";

export const executionId = { project: "p", domain: "d", name: "ex" };
export const inputsUri = "s3://bucket/inputs.pb";
export const dataOf = (nodeId: string): string => `s3://bucket/metadata/propeller/p-d-ex/${nodeId}/data`;

export const integer = (value: number): Literal => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
export const promise = (nodeId: string, name = "o", ...path: (string | number)[]): BindingData => ({
  promise: { nodeId, var: name, attrPath: path.map((each) => (typeof each === "string" ? { stringValue: each } : { intValue: each })) },
});

export interface NodeOf {
  readonly inputs?: Readonly<Record<string, BindingData>>;
  readonly after?: readonly string[];
  readonly task?: Partial<TaskTemplate>;
  readonly metadata?: NonNullable<WorkflowNode["metadata"]>;
  /** Replaces the whole node. */
  readonly raw?: WorkflowNode;
}

export interface WorkflowOf {
  readonly nodes: Readonly<Record<string, NodeOf>>;
  readonly outputs?: Readonly<Record<string, BindingData>>;
  readonly onFailure?: "FAIL_IMMEDIATELY" | "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE";
  readonly spec?: ExecutionSpec;
  readonly failureNode?: WorkflowNode;
}

const bindings = (of: Readonly<Record<string, BindingData>> = {}): Binding[] =>
  Object.entries(of).map(([name, binding]) => ({ var: name, binding }));
const int = { type: { simple: flyteidl.core.SimpleType.INTEGER } };

/** A compiled workflow of tasks called after their nodes; each has one output `o`, an integer, unless it says otherwise. */
export function specOf(workflow: WorkflowOf, id: WorkflowSpec["id"] = executionId): WorkflowSpec {
  const nodes: WorkflowNode[] = [{ id: "start-node" }];
  const tasks: { template: TaskTemplate }[] = [];
  for (const [id, { inputs, after, task, metadata, raw }] of Object.entries(workflow.nodes)) {
    const taskId = { resourceType: flyteidl.core.ResourceType.TASK, project: "p", domain: "d", name: `task-${id}`, version: "v" };
    tasks.push({
      template: { id: taskId, type: "scripted", interface: { inputs: { variables: {} }, outputs: { variables: { o: int } } }, ...task },
    });
    nodes.push(
      raw ?? {
        id,
        inputs: bindings(inputs),
        upstreamNodeIds: [...(after ?? [])],
        taskNode: { referenceId: taskId },
        metadata: metadata ?? { name: id },
      },
    );
  }
  nodes.push({ id: "end-node", inputs: bindings(workflow.outputs) });
  const template = {
    id: { resourceType: flyteidl.core.ResourceType.WORKFLOW, project: "p", domain: "d", name: "wf", version: "v" },
    nodes,
    outputs: bindings(workflow.outputs),
    metadata: { onFailure: flyteidl.core.WorkflowMetadata.OnFailurePolicy[workflow.onFailure ?? "FAIL_IMMEDIATELY"] },
    ...(workflow.failureNode && { failureNode: workflow.failureNode }),
  };
  return {
    id,
    closure: flyteidl.core.CompiledWorkflowClosure.encode({ primary: { template }, tasks }).finish(),
    executionSpec: flyteidl.admin.ExecutionSpec.encode(workflow.spec ?? {}).finish(),
    inputsUri,
    createdAt: 1000,
  };
}

/** Adds one to the sum of the inputs. */
export function addOne(_nodeId: string, inputs: LiteralMap): LiteralMap {
  let sum = 1;
  for (const literal of Object.values(inputs.literals ?? {})) sum += Number(literal.scalar?.primitive?.integer ?? 0);
  return { literals: { o: integer(sum) } };
}
