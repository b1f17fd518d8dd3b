import Long from "long";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import type {
  Binding,
  BindingData,
  CompiledWorkflow,
  ExecutionSpec,
  Identifier,
  Literal,
  LiteralMap,
  WorkflowNode,
  TaskTemplate,
} from "../../../src/idl/types.ts";
import type { PluginOverride, WorkflowSpec } from "../../../src/ports/workflow-store.ts";

export const executionId = { project: "p", domain: "d", name: "ex" };
export const inputsUri = "s3://bucket/inputs.pb";
export const dataOf = (nodeId: string): string => `s3://bucket/metadata/propeller/p-d-ex/${nodeId}/data`;

export const integer = (value: number): Literal => ({ scalar: { primitive: { integer: Long.fromNumber(value) } } });
export const integers = (...values: number[]): Literal => ({ collection: { literals: values.map(integer) } });
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
  /** It runs this one instead of a task. */
  readonly workflow?: WorkflowOf;
  readonly branch?: BranchOf;
  /** It launches this launch plan. */
  readonly launches?: string;
  /** Its task makes this one, which then runs within the node. */
  readonly makes?: WorkflowOf;
  readonly gate?: NonNullable<WorkflowNode["gateNode"]>;
  /** Its task runs for each element of its lists, or the launch plan that it `launches`. */
  readonly array?: Omit<NonNullable<WorkflowNode["arrayNode"]>, "node"> & { readonly metadata?: NonNullable<WorkflowNode["metadata"]> };
}

type Condition = flyteidl.core.BooleanExpression.$Properties;

/** Arms are called `<branch>-then`, `<branch>-other`, `<branch>-else`, as the compiler would name them. */
export interface BranchOf {
  readonly when: Condition;
  readonly arm: NodeOf;
  readonly other?: { readonly when: Condition; readonly arm: NodeOf };
  readonly else?: NodeOf;
  /** The message of its error, when it has no else. */
  readonly error?: string;
}

/** `name operator value`, for integers. */
export const condition = (name: string, operator: keyof typeof flyteidl.core.ComparisonExpression.Operator, value: number): Condition => ({
  comparison: {
    leftValue: { var: name },
    operator: flyteidl.core.ComparisonExpression.Operator[operator],
    rightValue: { primitive: { integer: Long.fromNumber(value) } },
  },
});

export interface WorkflowOf {
  readonly nodes: Readonly<Record<string, NodeOf>>;
  readonly outputs?: Readonly<Record<string, BindingData>>;
  readonly onFailure?: "FAIL_IMMEDIATELY" | "FAIL_AFTER_EXECUTABLE_NODES_COMPLETE";
  readonly spec?: ExecutionSpec;
  readonly pluginOverrides?: readonly PluginOverride[];
  /** Called `fn`. */
  readonly failureNode?: NodeOf;
}

export const launchPlanId = (name: string): Identifier => ({
  resourceType: flyteidl.core.ResourceType.LAUNCH_PLAN,
  project: "p",
  domain: "d",
  name,
  version: "v",
});

const bindings = (of: Readonly<Record<string, BindingData>> = {}): Binding[] =>
  Object.entries(of).map(([name, binding]) => ({ var: name, binding }));
const ints = { type: { collectionType: { simple: flyteidl.core.SimpleType.INTEGER } } };
const int = { type: { simple: flyteidl.core.SimpleType.INTEGER } };

/** Tasks and workflows that a compiled workflow needs, called after the nodes that need them. */
class Closure {
  readonly tasks: { template: TaskTemplate }[] = [];
  readonly subWorkflows: CompiledWorkflow[] = [];
  /** What tasks make, by their names. */
  readonly made: Map<string, Uint8Array>;
  /** What is not compiled yet says what it takes and gives. */
  readonly #isTyped: boolean;

  constructor(made = new Map<string, Uint8Array>(), isTyped = false) {
    this.made = made;
    this.#isTyped = isTyped;
  }

  #variables(of: Readonly<Record<string, unknown>> = {}, type: typeof int | typeof ints = int): { variables: Record<string, typeof type> } {
    return { variables: Object.fromEntries(Object.keys(this.#isTyped ? of : {}).map((name) => [name, type])) };
  }

  node(path: string, id: string, of: NodeOf): WorkflowNode {
    const { inputs, after, task, metadata, raw } = of;
    const name = `${path}${id}`;
    const taskId = { resourceType: flyteidl.core.ResourceType.TASK, project: "p", domain: "d", name: `task-${name}`, version: "v" };
    this.tasks.push({
      template: {
        id: taskId,
        type: "scripted",
        interface: { inputs: this.#variables(inputs, of.array ? ints : int), outputs: { variables: { o: of.array ? ints : int } } },
        ...task,
      },
    });
    if (of.makes) this.made.set(taskId.name, specBytes(this.made, `${name}.`, of.makes));
    const common = { id, inputs: bindings(inputs), upstreamNodeIds: [...(after ?? [])], metadata: metadata ?? { name: id } };
    if (raw) return raw;
    if (of.launches !== undefined && !of.array) return { ...common, workflowNode: { launchplanRef: launchPlanId(of.launches) } };
    if (of.gate) return { ...common, gateNode: of.gate };
    if (of.array) {
      const { metadata: inner = { name: "element" }, ...array } = of.array;
      const target =
        of.launches === undefined ? { taskNode: { referenceId: taskId } } : { workflowNode: { launchplanRef: launchPlanId(of.launches) } };
      const element: WorkflowNode = { id: "element", inputs: common.inputs, metadata: inner, ...target };
      return { ...common, arrayNode: { ...array, node: element } };
    }
    if (of.branch) {
      const { when, arm: first, other, else: otherwise, error } = of.branch;
      const arm = (suffix: string, of: NodeOf): WorkflowNode => this.node(path, `${id}-${suffix}`, of);
      return {
        ...common,
        branchNode: {
          ifElse: {
            case: { condition: when, thenNode: arm("then", first) },
            other: other ? [{ condition: other.when, thenNode: arm("other", other.arm) }] : [],
            ...(otherwise && { elseNode: arm("else", otherwise) }),
            ...(error !== undefined && { error: { failedNodeId: id, message: error } }),
          },
        },
      };
    }
    if (of.workflow) {
      const workflow = this.workflow(`${name}.`, name, of.workflow, of);
      this.subWorkflows.push(workflow);
      return { ...common, workflowNode: { subWorkflowRef: workflow.template?.id ?? null } };
    }
    return { ...common, taskNode: { referenceId: taskId } };
  }

  workflow(path: string, name: string, workflow: WorkflowOf, of?: NodeOf): CompiledWorkflow {
    const nodes: WorkflowNode[] = [{ id: "start-node" }];
    for (const [id, of] of Object.entries(workflow.nodes)) nodes.push(this.node(path, id, of));
    nodes.push({ id: "end-node", inputs: bindings(workflow.outputs) });
    return {
      template: {
        id: { resourceType: flyteidl.core.ResourceType.WORKFLOW, project: "p", domain: "d", name, version: "v" },
        nodes,
        outputs: bindings(workflow.outputs),
        ...(this.#isTyped && { interface: { inputs: this.#variables(of?.inputs), outputs: this.#variables(workflow.outputs) } }),
        metadata: { onFailure: flyteidl.core.WorkflowMetadata.OnFailurePolicy[workflow.onFailure ?? "FAIL_IMMEDIATELY"] },
        ...(workflow.failureNode && { failureNode: this.node(path, "fn", workflow.failureNode) }),
      },
    };
  }
}

/** What a task leaves that makes a workflow, as flytekit writes it. */
function specBytes(made: Map<string, Uint8Array>, path: string, workflow: WorkflowOf): Uint8Array {
  const closure = new Closure(made, true);
  const nodes = Object.entries(workflow.nodes).map(([id, of]) => closure.node(path, id, of));
  const tasks = closure.tasks.map(({ template }) => template);
  const subworkflows = closure.subWorkflows.map(({ template }) => template ?? {});
  const spec = { nodes, minSuccesses: Long.fromNumber(nodes.length), outputs: bindings(workflow.outputs), tasks, subworkflows };
  return flyteidl.core.DynamicJobSpec.encode(spec).finish();
}

/** What the tasks of a workflow make, by the tasks' names; also those of the tasks made. */
export function madeBy(workflow: WorkflowOf): ReadonlyMap<string, Uint8Array> {
  const closure = new Closure();
  closure.workflow("", "wf", workflow);
  return closure.made;
}

/** A compiled workflow of tasks called after their nodes; each has one output `o`, an integer, unless it says otherwise. */
export function specOf(workflow: WorkflowOf, id: WorkflowSpec["id"] = executionId): WorkflowSpec {
  const closure = new Closure();
  const primary = closure.workflow("", "wf", workflow);
  const { tasks, subWorkflows } = closure;
  return {
    id,
    closure: flyteidl.core.CompiledWorkflowClosure.encode({ primary, tasks, subWorkflows }).finish(),
    executionSpec: flyteidl.admin.ExecutionSpec.encode(workflow.spec ?? {}).finish(),
    ...(workflow.pluginOverrides && { config: { pluginOverrides: workflow.pluginOverrides } }),
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
