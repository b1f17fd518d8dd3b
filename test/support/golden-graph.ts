import Long from "long";
import { flyteidl } from "../../src/idl/flyteidl.ts";
import { variables } from "./templates.ts";
import type { Binding, BindingData, LiteralType, WorkflowNode } from "../../src/idl/types.ts";

// The short notation of test/goldens/compiled-graphs.json: workflows as they are given to the compiler.

export type GoldenType =
  | string
  | readonly [GoldenType]
  | { readonly mapOf: GoldenType }
  | { readonly schema: readonly (readonly [string, string])[] }
  | { readonly dataset: readonly (readonly [string, GoldenType])[]; readonly format: string }
  | { readonly enum: readonly string[] }
  | { readonly union: readonly GoldenType[] };
export type GoldenTypes = Readonly<Record<string, GoldenType>>;

type GoldenScalar =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly bool: boolean }
  | { readonly none: true }
  | { readonly struct: true }
  | { readonly inUnion: GoldenScalar; readonly as: GoldenType };
type GoldenBinding =
  | GoldenScalar
  | { readonly from: string; readonly var: string; readonly path?: readonly (string | number)[] }
  | { readonly list: readonly GoldenBinding[] }
  | { readonly entries: Readonly<Record<string, GoldenBinding>> };
export type GoldenBindings = Readonly<Record<string, GoldenBinding>>;

type GoldenOperand = GoldenScalar | { readonly var: string };
type GoldenCondition = readonly [GoldenOperand | GoldenCondition, string, GoldenOperand | GoldenCondition];

export interface GoldenNode {
  readonly id: string;
  readonly task?: string;
  readonly branch?: {
    readonly cases: readonly { readonly when: GoldenCondition; readonly then: GoldenNode }[];
    readonly else?: GoldenNode;
    readonly error?: true;
  };
  readonly inputs?: GoldenBindings;
  readonly after?: readonly string[];
  readonly aliases?: readonly (readonly [string, string])[];
}

export interface GoldenGraph {
  readonly about: string;
  readonly inputs: GoldenTypes;
  readonly outputs: GoldenTypes;
  readonly tasks: Readonly<Record<string, { readonly inputs: GoldenTypes; readonly outputs: GoldenTypes }>>;
  readonly nodes: readonly GoldenNode[];
  readonly gives: GoldenBindings;
  readonly expected: { readonly downstream: Readonly<Record<string, string[]>>; readonly upstream: Readonly<Record<string, string[]>> };
}

const { SimpleType, ComparisonExpression, ConjunctionExpression, SchemaType } = flyteidl.core;
type NameOf<T> = keyof T & string;

export function goldenType(type: GoldenType): LiteralType {
  if (typeof type === "string") {
    const format = /^blob:(.*)$/.exec(type);
    return format ? { blob: { format: format[1] } } : { simple: SimpleType[type.toUpperCase() as NameOf<typeof SimpleType>] };
  }
  if ("mapOf" in type) return { mapValueType: goldenType(type.mapOf) };
  if ("schema" in type) {
    const { SchemaColumnType } = SchemaType.SchemaColumn;
    return {
      schema: { columns: type.schema.map(([name, kind]) => ({ name, type: SchemaColumnType[kind as NameOf<typeof SchemaColumnType>] })) },
    };
  }
  if ("dataset" in type) {
    const columns = type.dataset.map(([name, column]) => ({ name, literalType: goldenType(column) }));
    return { structuredDatasetType: { columns, format: type.format } };
  }
  if ("enum" in type) return { enumType: { values: [...type.enum] } };
  if ("union" in type) return { unionType: { variants: type.union.map(goldenType) } };
  return { collectionType: goldenType(type[0]) };
}

export const goldenVariables = (types: GoldenTypes): flyteidl.core.VariableMap.$Properties =>
  variables(Object.fromEntries(Object.entries(types).map(([name, type]) => [name, goldenType(type)])));

function scalarOf(value: GoldenScalar): flyteidl.core.Scalar.$Properties {
  if ("int" in value) return { primitive: { integer: Long.fromNumber(value.int) } };
  if ("float" in value) return { primitive: { floatValue: value.float } };
  if ("text" in value) return { primitive: { stringValue: value.text } };
  if ("bool" in value) return { primitive: { boolean: value.bool } };
  if ("none" in value) return { noneType: {} };
  if ("struct" in value) return { generic: {} };
  return { union: { value: { scalar: scalarOf(value.inUnion) }, type: goldenType(value.as) } };
}

function bindingOf(value: GoldenBinding): BindingData {
  if ("from" in value) {
    const attrPath = (value.path ?? []).map((step) => (typeof step === "string" ? { stringValue: step } : { intValue: step }));
    return { promise: { nodeId: value.from, var: value.var, attrPath } };
  }
  if ("list" in value) return { collection: { bindings: value.list.map(bindingOf) } };
  if ("entries" in value) {
    return { map: { bindings: Object.fromEntries(Object.entries(value.entries).map(([key, entry]) => [key, bindingOf(entry)])) } };
  }
  return { scalar: scalarOf(value) };
}

export const goldenBindings = (bindings: GoldenBindings): Binding[] =>
  Object.entries(bindings).map(([name, value]) => ({ var: name, binding: bindingOf(value) }));

function conditionOf([left, operator, right]: GoldenCondition): flyteidl.core.BooleanExpression.$Properties {
  const { Operator } = ComparisonExpression;
  const { LogicalOperator } = ConjunctionExpression;
  if (Array.isArray(left) && Array.isArray(right)) {
    const name = operator as NameOf<typeof LogicalOperator>;
    return {
      conjunction: {
        operator: LogicalOperator[name],
        leftExpression: conditionOf(left as GoldenCondition),
        rightExpression: conditionOf(right as GoldenCondition),
      },
    };
  }
  const operand = (value: GoldenOperand): flyteidl.core.Operand.$Properties =>
    "var" in value ? { var: value.var } : { primitive: scalarOf(value).primitive ?? null };
  const name = operator as NameOf<typeof Operator>;
  return {
    comparison: { operator: Operator[name], leftValue: operand(left as GoldenOperand), rightValue: operand(right as GoldenOperand) },
  };
}

export function goldenNode(node: GoldenNode, taskId: (name: string) => flyteidl.core.Identifier.$Properties): WorkflowNode {
  const { branch } = node;
  const [first, ...other] = (branch?.cases ?? []).map(({ when, then }) => ({
    condition: conditionOf(when),
    thenNode: goldenNode(then, taskId),
  }));
  return {
    id: node.id,
    ...(node.task !== undefined && { taskNode: { referenceId: taskId(node.task) } }),
    ...(branch && {
      branchNode: {
        ifElse: {
          case: first ?? null,
          other,
          ...(branch.else ? { elseNode: goldenNode(branch.else, taskId) } : { error: { failedNodeId: node.id, message: "no arm" } }),
        },
      },
    }),
    inputs: goldenBindings(node.inputs ?? {}),
    upstreamNodeIds: [...(node.after ?? [])],
    outputAliases: (node.aliases ?? []).map(([name, alias]) => ({ var: name, alias })),
  };
}
