import { protoText, typeText } from "../idl/type-text.ts";
import type { BindingData, LiteralType, Scalar, WorkflowNode } from "../idl/types.ts";
import { flyteidl } from "../idl/flyteidl.ts";
import { bindingText, elementTexts } from "./binding-text.ts";
import { castable } from "./castable.ts";
import * as texts from "./compile-error-texts.ts";
import { CompileErrors } from "./compile-errors.ts";
import { startNodeId } from "./workflow-graph.ts";
import { typeOfScalar } from "./type-of-literal.ts";
import type { Producer, Variables } from "./workflow-scope.ts";

export interface BindingScope {
  readonly node: WorkflowNode;
  /** Name of the input. */
  readonly input: string;
  /** The node of that id, which values can be taken from. */
  readonly producer: (nodeId: string) => Producer | undefined;
  readonly errors: CompileErrors;
  /** Whether the value must fit the expected type; else the type is found out from the value. */
  readonly typed: boolean;
}

export interface BoundValue {
  /** Undefined where nothing is known of it: what lies within a struct. */
  readonly type: LiteralType | undefined;
  /** Ids of the nodes that it is taken from; the start node for the workflow's inputs. */
  readonly upstream: readonly string[];
}

/** Checks what is bound to an input of type `expected`; undefined when something is wrong (which is then among the errors). */
export function checkBinding(binding: BindingData, expected: LiteralType | null | undefined, scope: BindingScope): BoundValue | undefined {
  if (binding.promise != null) return checkPromise(binding.promise, expected, scope);
  if (binding.scalar != null) return checkScalar(binding.scalar, expected, scope);
  if (expected?.unionType != null) return checkAgainstUnion(binding, expected, expected.unionType.variants ?? [], scope);
  const nodeId = scope.node.id ?? "";
  if (binding.collection != null) {
    if (expected?.collectionType != null) {
      return checkElements(binding.collection.bindings ?? [], expected.collectionType, scope, (type) => ({ collectionType: type }));
    }
    scope.errors.add(texts.mismatchingBindings(nodeId, scope.input, expected == null ? "" : protoText(expected), elementTexts(binding)));
  } else if (binding.map != null) {
    if (expected?.mapValueType != null) {
      const values = Object.values(binding.map.bindings ?? {});
      return checkElements(values, expected.mapValueType, scope, (type) => ({ mapValueType: type }));
    }
    scope.errors.add(texts.mismatchingBindings(nodeId, scope.input, expected == null ? "" : protoText(expected), elementTexts(binding)));
  } else {
    const received = binding.offloadedMetadata == null ? "" : "*core.BindingData_OffloadedMetadata";
    scope.errors.add(texts.mismatchingBindings(nodeId, scope.input, expected == null ? "" : protoText(expected), received));
  }
  return undefined;
}

function checkElements(
  bindings: readonly BindingData[],
  expected: LiteralType,
  scope: BindingScope,
  whole: (element: LiteralType | undefined) => LiteralType,
): BoundValue | undefined {
  const upstream: string[] = [];
  let element: LiteralType | undefined;
  let failed = false;
  for (const binding of bindings) {
    const value = checkBinding(binding, expected, scope);
    if (value === undefined) {
      failed = true;
    } else {
      element = value.type;
      upstream.push(...value.upstream);
    }
  }
  return failed ? undefined : { type: whole(element), upstream };
}

/** A list or map fits exactly one variant, all of it. */
function checkAgainstUnion(
  binding: BindingData,
  expected: LiteralType,
  variants: readonly LiteralType[],
  scope: BindingScope,
): BoundValue | undefined {
  const nodeId = scope.node.id ?? "";
  let match: { readonly type: LiteralType; readonly value: BoundValue } | undefined;
  for (const type of variants) {
    const value = checkBinding(binding, type, { ...scope, errors: new CompileErrors() });
    if (value === undefined) continue;
    if (match !== undefined) {
      const matches = [protoText(match.type), protoText(type)] as const;
      scope.errors.add(texts.ambiguousBinding(nodeId, scope.input, protoText(expected), bindingText(binding), matches));
      return undefined;
    }
    match = { type, value };
  }
  if (match === undefined) scope.errors.add(texts.incompatibleBinding(nodeId, scope.input, protoText(expected), bindingText(binding)));
  return match?.value;
}

// A promise may name an element of a list: `[2].name`.
const variableName = /^(?:\[(\d+)\]\.)?([^[\]]+)$/;

function checkPromise(
  promise: flyteidl.core.OutputReference.$Properties,
  expected: LiteralType | null | undefined,
  scope: BindingScope,
): BoundValue | undefined {
  const { node, input, errors } = scope;
  const nodeId = node.id ?? "";
  const producerId = promise.nodeId || startNodeId;
  const producer = scope.producer(producerId);
  const fail = (...found: readonly Parameters<CompileErrors["add"]>[0][]): undefined => {
    for (const error of found) errors.add(error);
  };
  if (producer === undefined) return fail(texts.nodeReferenceNotFound(producerId), texts.parameterNotBound(nodeId, input));
  const name = promise.var ?? "";
  const parsed = variableName.exec(name);
  if (parsed === null) return fail(texts.syntaxError(nodeId, name));
  // What is wrong with the producer itself is told where it is compiled.
  if (producer.outputs === undefined) return undefined;
  const variable = variableOf(producer.outputs, parsed[2] ?? "");
  if (variable === undefined) return fail(texts.variableNameNotFound(producerId, parsed[2] ?? ""), texts.parameterNotBound(nodeId, input));

  const qualified = (of: WorkflowNode, text: string): string => (of.metadata == null ? text : `${of.metadata.name ?? ""}.${text}`);
  const mismatch = (type: LiteralType | null | undefined): undefined =>
    fail(texts.mismatchingVariables(nodeId, qualified(producer.node, name), typeText(type), qualified(node, input), typeText(expected)));

  let type = variable.type ?? undefined;
  if (parsed[1] !== undefined) {
    if (type?.collectionType == null) return mismatch(type);
    type = type.collectionType;
  }
  let known = true;
  for (const step of promise.attrPath ?? []) {
    if (type?.collectionType != null) type = type.collectionType;
    else if (type?.mapValueType != null) type = type.mapValueType;
    else if (type?.structure?.dataclassType != null && Object.keys(type.structure.dataclassType).length > 0) {
      const fields: Readonly<Record<string, LiteralType>> = type.structure.dataclassType;
      const field = step.stringValue ?? "";
      if (!Object.hasOwn(fields, field)) return fail(texts.fieldNotFound(nodeId, name, protoText(type), field));
      type = fields[field];
    } else {
      known = false;
    }
  }
  if (scope.typed && !castable(type, expected)) return mismatch(type);
  promise.nodeId = producerId;
  return { type: known ? type : undefined, upstream: [producerId] };
}

export function variableOf(variables: Variables, name: string): Variables[string] | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function checkScalar(scalar: Scalar, expected: LiteralType | null | undefined, scope: BindingScope): BoundValue | undefined {
  const nodeId = scope.node.id ?? "";
  const before = scope.errors.added;
  const type = typeOfScalar(scalar);
  if (type === undefined) scope.errors.add(texts.unrecognizedValue(nodeId, scalarKind(scalar)));
  else if (scope.typed && !castable(type, expected)) {
    scope.errors.add(texts.mismatchingTypes(nodeId, scope.input, typeText(type), typeText(expected)));
  }
  if (expected?.enumType != null) {
    const values = expected.enumType.values ?? [];
    const received = scalar.primitive?.stringValue ?? "";
    if (!values.includes(received)) scope.errors.add(texts.illegalEnumValue(nodeId, scope.input, received, values));
  }
  return scope.errors.added === before ? { type, upstream: [] } : undefined;
}

/** As Flyte names the kind of a scalar it cannot type. */
const scalarKind = (scalar: Scalar): string => (scalar.blob == null ? "" : "*core.Scalar_Blob");
