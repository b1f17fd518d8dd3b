import type { CompileError } from "./compile-errors.ts";

// One function an error, with the description that Flyte gives it.

export const valueRequired = (nodeId: string, field: string): CompileError => ({
  kind: "ValueRequired",
  nodeId,
  description: `Value required [${field}].`,
});
export const invalidValue = (nodeId: string, field: string): CompileError => ({
  kind: "InvalidValue",
  nodeId,
  description: `Invalid value [${field}].`,
});
export const unrecognizedValue = (nodeId: string, value: string): CompileError => ({
  kind: "UnrecognizedValue",
  nodeId,
  description: `Unrecognized value [${value}].`,
});
export const parameterNotBound = (nodeId: string, name: string): CompileError => ({
  kind: "ParameterNotBound",
  nodeId,
  description: `Parameter not bound [${name}].`,
});
export const parameterBoundMoreThanOnce = (nodeId: string, name: string): CompileError => ({
  kind: "ParameterBoundMoreThanOnce",
  nodeId,
  description: `Input [${name}] is bound more than once.`,
});
export const nodeReferenceNotFound = (nodeId: string): CompileError => ({
  kind: "NodeReferenceNotFound",
  nodeId,
  description: `Referenced node [${nodeId}] not found.`,
});
export const workflowReferenceNotFound = (nodeId: string, reference: string): CompileError => ({
  kind: "WorkflowReferenceNotFound",
  nodeId,
  description: `Referenced Workflow [${reference}] not found.`,
});
export const taskReferenceNotFound = (nodeId: string, reference: string): CompileError => ({
  kind: "TaskReferenceNotFound",
  nodeId,
  description: `Referenced Task [${reference}] not found.`,
});
export const variableNameNotFound = (nodeId: string, variable: string): CompileError => ({
  kind: "VariableNameNotFound",
  nodeId,
  description: `Variable [${variable}] not found on node [${nodeId}].`,
});
export const fieldNotFound = (nodeId: string, variable: string, type: string, field: string): CompileError => ({
  kind: "FieldNotFound",
  nodeId,
  description: `Variable [${variable}] (type [${type}]) doesn't have field [${field}].`,
});
export const duplicateAlias = (nodeId: string, alias: string): CompileError => ({
  kind: "DuplicateAlias",
  nodeId,
  description: `Duplicate alias [${alias}] found. An output alias can only be used once in the Workflow.`,
});
export const duplicateId = (nodeId: string): CompileError => ({
  kind: "DuplicateId",
  nodeId,
  description: "Trying to insert two nodes with the same id.",
});
export const mismatchingTypes = (nodeId: string, variable: string, type: string, expected: string): CompileError => ({
  kind: "MismatchingTypes",
  nodeId,
  description: `Variable [${variable}] (type [${type}]) doesn't match expected type [${expected}].`,
});
/** The doubled word is Flyte's. */
export const mismatchingVariables = (nodeId: string, output: string, type: string, input: string, expected: string): CompileError => ({
  kind: "MismatchingTypes",
  nodeId,
  description: `The output variable '${output}' has type [${type}], but it's assigned to the input variable '${input}' which has type type [${expected}].`,
});
export const mismatchingBindings = (nodeId: string, input: string, expected: string, received: string): CompileError => ({
  kind: "MismatchingBindings",
  nodeId,
  description: `Input [${input}] on node [${nodeId}] expects bindings of type [${expected}].  Received [${received}]`,
});
export const illegalEnumValue = (nodeId: string, input: string, received: string, values: readonly string[]): CompileError => ({
  kind: "IllegalEnumValue",
  nodeId,
  description: `Input [${input}] on node [${nodeId}] is an Enum and expects value to be one of [[${values.join(" ")}]].  Received [${received}]`,
});
export const ambiguousBinding = (
  nodeId: string,
  input: string,
  expected: string,
  binding: string,
  matches: readonly [string, string],
): CompileError => ({
  kind: "AmbiguousBindingUnionValue",
  nodeId,
  description: `Input [${input}] on node [${nodeId}] expects bindings of union type [${expected}].  Received [${binding}] which is ambiguous as both variants [${matches[0]}] and [${matches[1]}] match.`,
});
export const incompatibleBinding = (nodeId: string, input: string, expected: string, binding: string): CompileError => ({
  kind: "IncompatibleBindingUnionValue",
  nodeId,
  description: `Input [${input}] on node [${nodeId}] expects bindings of union type [${expected}].  Received [${binding}] which does not match any of the variants.`,
});
export const cycleDetected = (nodeId: string, path: readonly string[]): CompileError => ({
  kind: "CycleDetected",
  nodeId,
  description: `A cycle has been detected while traversing the Workflow [${path.join(">")}].`,
});
export const unreachableNodes = (nodeId: string, nodes: readonly string[]): CompileError => ({
  kind: "UnreachableNodes",
  nodeId,
  description: `The Workflow contain unreachable nodes [${nodes.join(",")}].`,
});
export const noNodesFound = (workflow: string): CompileError => ({
  kind: "NoNodesFound",
  nodeId: workflow,
  description: `Can't find any nodes in workflow [${workflow}].`,
});
export const syntaxError = (nodeId: string, element: string): CompileError => ({
  kind: "SyntaxError",
  nodeId,
  description: `Failed to parse element [${element}].`,
});
export const branchNodeIdNotFound = (nodeId: string): CompileError => ({
  kind: "BranchNodeIdNotFound",
  nodeId,
  description: "BranchNode not assigned",
});
export const branchNodeHasNoCondition = (nodeId: string): CompileError => ({
  kind: "BranchNodeHasNoCondition",
  nodeId,
  description: "One of the branches on the node doesn't have a condition.",
});
export const branchNodeHasNoDefault = (nodeId: string): CompileError => ({
  kind: "BranchNodeHasNoDefault",
  nodeId,
  description: "Branch Node must have either the else case set or a default error.",
});
export const noConditionFound = (nodeId: string): CompileError => ({
  kind: "NoConditionFound",
  nodeId,
  description: `Can't find any condition in gate node [${nodeId}].`,
});
