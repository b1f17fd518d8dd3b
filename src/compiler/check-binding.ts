import { protoText, typeText } from "../idl/type-text.ts";
import type { BindingData, LiteralType, Scalar, WorkflowNode } from "../idl/types.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { bindingText, elementTexts } from "./binding-text.ts";
import { castable } from "./castable.ts";
import * as texts from "./compile-error-texts.ts";
import { CompileErrors } from "./compile-errors.ts";
import { startNodeId } from "./workflow-graph.ts";
import { typeOfScalar } from "./type-of-literal.ts";

/** A node while its workflow is compiled; `outputs` after aliases, undefined when they could not be found out. */
export interface CompiledNode {
  readonly node: WorkflowNode;
  readonly inputs: Readonly<Record<string, flyteidl.core.Variable.$Properties>>;
  readonly outputs: Readonly<Record<string, flyteidl.core.Variable.$Properties>> | undefined;
}

export interface BindingScope {
  readonly node: WorkflowNode;
  /** Name of the input. */
  readonly input: string;
  readonly nodes: ReadonlyMap<string, CompiledNode>;
  readonly errors: CompileErrors;
}

/**
 * Checks what is bound to an input of type `expected`; the ids of the nodes it takes values from, or undefined when
 * something is wrong (which is then among the errors). A promise of the workflow's inputs gets the start node's id.
 */
export function checkBinding(
  binding: BindingData,
  expected: LiteralType | null | undefined,
  scope: BindingScope,
): readonly string[] | undefined {
  if (binding.promise != null) return checkPromise(binding.promise, expected, scope);
  if (binding.scalar != null) return checkScalar(binding.scalar, expected, scope);
  if (expected?.unionType != null) return checkAgainstUnion(binding, expected, expected.unionType.variants ?? [], scope);
  const nodeId = scope.node.id ?? "";
  if (binding.collection != null) {
    if (expected?.collectionType != null) return checkElements(binding.collection.bindings ?? [], expected.collectionType, scope);
    scope.errors.add(texts.mismatchingBindings(nodeId, scope.input, expected == null ? "" : protoText(expected), elementTexts(binding)));
  } else if (binding.map != null) {
    if (expected?.mapValueType != null) return checkElements(Object.values(binding.map.bindings ?? {}), expected.mapValueType, scope);
    scope.errors.add(texts.mismatchingBindings(nodeId, scope.input, expected == null ? "" : protoText(expected), elementTexts(binding)));
  } else {
    const received = binding.offloadedMetadata == null ? "" : "*core.BindingData_OffloadedMetadata";
    scope.errors.add(texts.mismatchingBindings(nodeId, scope.input, expected == null ? "" : protoText(expected), received));
  }
  return undefined;
}

function checkElements(bindings: readonly BindingData[], expected: LiteralType, scope: BindingScope): readonly string[] | undefined {
  const found = bindings.map((binding) => checkBinding(binding, expected, scope));
  return found.includes(undefined) ? undefined : found.flatMap((ids) => ids ?? []);
}

/** A list or map fits exactly one variant, all of it. */
function checkAgainstUnion(
  binding: BindingData,
  expected: LiteralType,
  variants: readonly LiteralType[],
  scope: BindingScope,
): readonly string[] | undefined {
  const nodeId = scope.node.id ?? "";
  let match: { readonly type: LiteralType; readonly upstream: readonly string[] } | undefined;
  for (const type of variants) {
    const upstream = checkBinding(binding, type, { ...scope, errors: new CompileErrors() });
    if (upstream === undefined) continue;
    if (match !== undefined) {
      const matches = [protoText(match.type), protoText(type)] as const;
      scope.errors.add(texts.ambiguousBinding(nodeId, scope.input, protoText(expected), bindingText(binding), matches));
      return undefined;
    }
    match = { type, upstream };
  }
  if (match === undefined) scope.errors.add(texts.incompatibleBinding(nodeId, scope.input, protoText(expected), bindingText(binding)));
  return match?.upstream;
}

// A promise may name an element of a list: `[2].name`.
const variableName = /^(?:\[(\d+)\]\.)?([^[\]]+)$/;

function checkPromise(
  promise: flyteidl.core.OutputReference.$Properties,
  expected: LiteralType | null | undefined,
  scope: BindingScope,
): readonly string[] | undefined {
  const { node, input, nodes, errors } = scope;
  const nodeId = node.id ?? "";
  const producerId = promise.nodeId || startNodeId;
  const producer = nodes.get(producerId);
  const fail = (...found: readonly Parameters<CompileErrors["add"]>[0][]): undefined => {
    for (const error of found) errors.add(error);
  };
  if (producer === undefined) return fail(texts.nodeReferenceNotFound(producerId), texts.parameterNotBound(nodeId, input));
  const name = promise.var ?? "";
  const parsed = variableName.exec(name);
  if (parsed === null) return fail(texts.syntaxError(nodeId, name));
  // What is wrong with the producer itself is told where it is compiled.
  if (producer.outputs === undefined) return undefined;
  const variable = Object.hasOwn(producer.outputs, parsed[2] ?? "") ? producer.outputs[parsed[2] ?? ""] : undefined;
  if (variable === undefined) return fail(texts.variableNameNotFound(producerId, parsed[2] ?? ""), texts.parameterNotBound(nodeId, input));

  const qualified = (of: WorkflowNode, text: string): string => (of.metadata == null ? text : `${of.metadata.name ?? ""}.${text}`);
  const mismatch = (type: LiteralType | null | undefined): undefined =>
    fail(texts.mismatchingVariables(nodeId, qualified(producer.node, name), typeText(type), qualified(node, input), typeText(expected)));

  let type = variable.type;
  if (parsed[1] !== undefined) {
    if (type?.collectionType == null) return mismatch(type);
    type = type.collectionType;
  }
  for (const step of promise.attrPath ?? []) {
    if (type?.collectionType != null) type = type.collectionType;
    else if (type?.mapValueType != null) type = type.mapValueType;
    else if (type?.structure?.dataclassType != null && Object.keys(type.structure.dataclassType).length > 0) {
      const fields: Readonly<Record<string, LiteralType>> = type.structure.dataclassType;
      const field = step.stringValue ?? "";
      if (!Object.hasOwn(fields, field)) return fail(texts.fieldNotFound(nodeId, name, protoText(type), field));
      type = fields[field];
    }
  }
  if (!castable(type, expected)) return mismatch(type);
  promise.nodeId = producerId;
  return [producerId];
}

function checkScalar(scalar: Scalar, expected: LiteralType | null | undefined, scope: BindingScope): readonly string[] | undefined {
  const nodeId = scope.node.id ?? "";
  const before = scope.errors.added;
  const type = typeOfScalar(scalar);
  if (type === undefined) scope.errors.add(texts.unrecognizedValue(nodeId, scalarKind(scalar)));
  else if (!castable(type, expected)) scope.errors.add(texts.mismatchingTypes(nodeId, scope.input, typeText(type), typeText(expected)));
  if (expected?.enumType != null) {
    const values = expected.enumType.values ?? [];
    const received = scalar.primitive?.stringValue ?? "";
    if (!values.includes(received)) scope.errors.add(texts.illegalEnumValue(nodeId, scope.input, received, values));
  }
  return scope.errors.added === before ? [] : undefined;
}

/** As Flyte names the kind of a scalar it cannot type. */
const scalarKind = (scalar: Scalar): string => (scalar.blob == null ? "" : "*core.Scalar_Blob");
