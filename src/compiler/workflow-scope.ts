import type { flyteidl } from "../idl/flyteidl.ts";
import type {
  CompiledWorkflow,
  Identifier,
  LiteralType,
  ParameterMap,
  TaskTemplate,
  VariableMap,
  WorkflowNode,
  WorkflowTemplate,
} from "../idl/types.ts";
import type { CompileErrors } from "./compile-errors.ts";
import type { WorkflowGraph } from "./workflow-graph.ts";

export type Variables = Readonly<Record<string, flyteidl.core.Variable.$Properties>>;

/** A launch plan as a node that launches it sees it. */
export interface LaunchPlanInterface {
  readonly id: Identifier;
  readonly expectedInputs: ParameterMap | null | undefined;
  readonly expectedOutputs: VariableMap | null | undefined;
}

/** A node that values are taken from; `outputs` after aliases, undefined when they could not be found out. */
export interface Producer {
  readonly node: WorkflowNode;
  readonly outputs: Variables | undefined;
}

/** The inputs of a node that declares none. */
export interface DiscoveredInputs {
  /** Of each input that is well bound, what is known of its type. */
  readonly types: ReadonlyMap<string, LiteralType | undefined>;
  readonly upstream: readonly string[];
}

/** What a node takes and gives, before aliases. */
export interface NodeInterface {
  readonly inputs: Variables;
  readonly outputs: Variables;
  /** For nodes whose inputs are what is bound to them: nothing more is asked of the bindings. */
  readonly discovered?: DiscoveredInputs;
}

/** All that a workflow and its sub-workflows may refer to, by printed identifier. */
export interface CompileSources {
  readonly tasks: ReadonlyMap<string, TaskTemplate>;
  readonly launchPlans: ReadonlyMap<string, LaunchPlanInterface>;
  readonly subWorkflows: ReadonlyMap<string, WorkflowTemplate>;
  /** Compiles a sub-workflow, the first time it is asked for; its errors are told where all others are. */
  readonly compileSubWorkflow: (key: string, workflow: WorkflowTemplate) => CompiledWorkflow | undefined;
}

/** One workflow while it is compiled. */
export interface WorkflowScope {
  readonly template: WorkflowTemplate;
  readonly sources: CompileSources;
  readonly graph: WorkflowGraph;
  readonly errors: CompileErrors;
  /** Found out once; undefined when something is wrong with it, or while it is being found out. */
  readonly interfaceOf: (node: WorkflowNode) => NodeInterface | undefined;
  /** The top-level node of that id: arms of branches cannot be taken from. */
  readonly producer: (nodeId: string) => Producer | undefined;
}
