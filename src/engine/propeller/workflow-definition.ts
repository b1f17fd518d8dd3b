import { flyteidl } from "../../idl/flyteidl.ts";
import { readProgram } from "./program.ts";
import type { ExecutionSpec, WorkflowTemplate } from "../../idl/types.ts";
import type { Failure } from "./state.ts";
import type { Program } from "./program.ts";
import type { WorkflowSpec } from "../../ports/workflow-store.ts";

/** What an execution runs, decoded once. */
export interface WorkflowDefinition {
  readonly spec: WorkflowSpec;
  readonly executionSpec: ExecutionSpec;
  readonly program: Program;
  /** Of the workflow itself: its policies hold in sub-workflows as well. */
  readonly template: WorkflowTemplate;
  /** Why it cannot run at all: the compiler lets none of this through. */
  readonly refusal: Failure | undefined;
}

const emptyProgram: Program = {
  closure: {},
  primary: { template: {}, graph: { nodes: [], byId: new Map(), armsUpstream: new Map() } },
  taskOf: () => undefined,
  workflowOf: () => undefined,
};

/** Decodes what admin handed over. Never throws: a definition that makes no sense carries its refusal. */
export function readDefinition(spec: WorkflowSpec): WorkflowDefinition {
  let executionSpec: ExecutionSpec = {};
  try {
    executionSpec = flyteidl.admin.ExecutionSpec.decode(spec.executionSpec);
    const program = readProgram(flyteidl.core.CompiledWorkflowClosure.decode(spec.closure));
    return { spec, executionSpec, program, template: program.primary.template, refusal: undefined };
  } catch (thrown) {
    const message = `the workflow cannot be run: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    const refusal: Failure = { code: "BadSpecificationError", message, kind: "SYSTEM" };
    return { spec, executionSpec, program: emptyProgram, template: {}, refusal };
  }
}
