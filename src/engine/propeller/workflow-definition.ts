import { flyteidl } from "../../idl/flyteidl.ts";
import { executionIdOf } from "../../idl/identifiers.ts";
import { readProgram } from "./program.ts";
import type { ExecutionSpec, WorkflowTemplate } from "../../idl/types.ts";
import type { Failure } from "./state.ts";
import type { Program } from "./program.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { WorkflowSpec } from "../../ports/workflow-store.ts";

/** What an execution runs, decoded once. */
export interface WorkflowDefinition {
  readonly spec: WorkflowSpec;
  readonly executionSpec: ExecutionSpec;
  readonly program: Program;
  /** Of the workflow itself: its policies hold in sub-workflows as well. */
  readonly template: WorkflowTemplate;
  /** The execution of which it takes over what has succeeded. */
  readonly recovers: WorkflowExecutionId | undefined;
  /** Why it cannot run at all: the compiler lets none of this through. */
  readonly refusal: Failure | undefined;
}

const emptyProgram: Program = {
  closure: {},
  primary: { template: {}, graph: { nodes: [], byId: new Map(), armsUpstream: new Map() } },
  taskOf: () => undefined,
  workflowOf: () => undefined,
};

/** Flyte: workflowengine/impl/prepare_execution.go, where mode and reference make the recovery. */
function recoveredBy({ metadata }: ExecutionSpec): WorkflowExecutionId | undefined {
  const isRecovered = metadata?.mode === flyteidl.admin.ExecutionMetadata.ExecutionMode.RECOVERED;
  return isRecovered && metadata?.referenceExecution != null ? executionIdOf(metadata.referenceExecution) : undefined;
}

/** Decodes what admin handed over. Never throws: a definition that makes no sense carries its refusal. */
export function readDefinition(spec: WorkflowSpec): WorkflowDefinition {
  let executionSpec: ExecutionSpec = {};
  try {
    executionSpec = flyteidl.admin.ExecutionSpec.decode(spec.executionSpec);
    const program = readProgram(flyteidl.core.CompiledWorkflowClosure.decode(spec.closure));
    return { spec, executionSpec, program, template: program.primary.template, recovers: recoveredBy(executionSpec), refusal: undefined };
  } catch (thrown) {
    const message = `the workflow cannot be run: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    const refusal: Failure = { code: "BadSpecificationError", message, kind: "SYSTEM" };
    return { spec, executionSpec, program: emptyProgram, template: {}, recovers: undefined, refusal };
  }
}
