import { rawOutputShard } from "../../idl/names.ts";
import type { WorkflowExecutionId } from "../../idl/identifiers.ts";
import type { EngineSettings } from "../settings.ts";

// Where an execution keeps its files: Flyte's layout, which flytekit, the console and people know.

export interface NodeLayout {
  readonly inputs: string;
  /** Without a trailing slash. */
  outputPrefix(attempt: number): string;
  outputs(attempt: number): string;
  /** What a dynamic task left: a workflow to run. */
  futures(attempt: number): string;
}

function layoutIn(data: string): NodeLayout {
  const outputPrefix = (attempt: number): string => `${data}/${attempt}`;
  const inAttempt =
    (name: string) =>
    (attempt: number): string =>
      `${outputPrefix(attempt)}/${name}`;
  return { inputs: `${data}/inputs.pb`, outputPrefix, outputs: inAttempt("outputs.pb"), futures: inAttempt("futures.pb") };
}

/** Of a node of the execution's own workflow. */
export function nodeLayout(settings: EngineSettings, execution: WorkflowExecutionId, nodeId: string): NodeLayout {
  const { container, metadataPrefix } = settings;
  return layoutIn(`${container}/${metadataPrefix}/${execution.project}-${execution.domain}-${execution.name}/${nodeId}/data`);
}

/** Of a node within an attempt of another: below that one's outputs. */
export function layoutWithin(parent: NodeLayout, attempt: number, nodeId: string): NodeLayout {
  return layoutIn(`${parent.outputPrefix(attempt)}/${nodeId}`);
}

/**
 * Of an element within an attempt of an array: outputs below those of the array, and inputs below its data where they are a
 * file of their own; else those of all elements. Flyte: nodes/array/utils.go constructOutputReferences.
 */
export function elementLayout(array: NodeLayout, attempt: number, index: number, isIndividual: boolean): NodeLayout {
  const within = layoutWithin(array, attempt, String(index));
  const data = array.inputs.slice(0, array.inputs.lastIndexOf("/"));
  return { ...within, inputs: isIndividual ? `${data}/${index}/0/inputs.pb` : array.inputs };
}

/** Where the attempt of a name keeps its raw data, without a trailing slash. */
export function rawOutputPrefixOf(base: string, name: string): string {
  return `${base.replace(/\/+$/, "")}/${rawOutputShard(name)}/${name}`;
}

export function checkpointPrefixOf(rawOutputPrefix: string): string {
  return `${rawOutputPrefix}/_flytecheckpoints`;
}
