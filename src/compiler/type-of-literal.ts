import { flyteidl } from "../idl/flyteidl.ts";
import { protoText } from "../idl/type-text.ts";
import type { Literal, LiteralType, Scalar } from "../idl/types.ts";
import { castable } from "./castable.ts";

const { SimpleType } = flyteidl.core;

/** The type that a literal shows by itself; undefined when it shows none (an unset literal, a blob without metadata, or a list of such). */
export function typeOfLiteral(literal: Literal | null | undefined): LiteralType | undefined {
  if (literal?.scalar != null) return typeOfScalar(literal.scalar);
  if (literal?.collection != null) return listOf("collectionType", literal.collection.literals ?? []);
  if (literal?.map != null) return listOf("mapValueType", Object.values(literal.map.literals ?? {}));
  return literal?.offloadedMetadata?.inferredType ?? undefined;
}

/** Whether `literal` may be given for `type`; false too when it shows no type. */
export function literalFits(literal: Literal | null | undefined, type: LiteralType | null | undefined): boolean {
  const own = typeOfLiteral(literal);
  return own !== undefined && castable(own, type);
}

export function typeOfScalar(scalar: Scalar): LiteralType | undefined {
  if (scalar.primitive != null) return { simple: simpleOfPrimitive(scalar.primitive) };
  if (scalar.blob != null) return scalar.blob.metadata == null ? undefined : { blob: scalar.blob.metadata.type ?? {} };
  if (scalar.binary != null) return { simple: scalar.binary.tag === "msgpack" ? SimpleType.STRUCT : SimpleType.BINARY };
  if (scalar.schema != null) return { schema: scalar.schema.type ?? {} };
  if (scalar.structuredDataset != null) return { structuredDatasetType: scalar.structuredDataset.metadata?.structuredDatasetType ?? {} };
  if (scalar.noneType != null) return { simple: SimpleType.NONE };
  if (scalar.error != null) return { simple: SimpleType.ERROR };
  if (scalar.generic != null) return { simple: SimpleType.STRUCT };
  if (scalar.union != null) return { unionType: { variants: scalar.union.type == null ? [] : [scalar.union.type] } };
  return undefined;
}

function simpleOfPrimitive(primitive: flyteidl.core.Primitive.$Properties): flyteidl.core.SimpleType {
  if (primitive.integer != null) return SimpleType.INTEGER;
  if (primitive.floatValue != null) return SimpleType.FLOAT;
  if (primitive.stringValue != null) return SimpleType.STRING;
  if (primitive.boolean != null) return SimpleType.BOOLEAN;
  if (primitive.datetime != null) return SimpleType.DATETIME;
  return primitive.duration != null ? SimpleType.DURATION : SimpleType.NONE;
}

function listOf(kind: "collectionType" | "mapValueType", literals: readonly Literal[]): LiteralType | undefined {
  const element = elementType(literals);
  return element === undefined ? undefined : { [kind]: element };
}

function elementType(literals: readonly Literal[]): LiteralType | undefined {
  const distinct = new Map<string, LiteralType>();
  let emptyList: LiteralType | undefined;
  for (const literal of literals) {
    const type = typeOfLiteral(literal);
    if (type === undefined) return undefined;
    // An empty list fits any list: it counts only where there is nothing else.
    if (literal.collection != null && !literal.collection.literals?.length) emptyList = type;
    else distinct.set(protoText(type), type);
  }
  if (distinct.size === 0) return emptyList ?? { simple: SimpleType.NONE };
  const sorted = [...distinct.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, type]) => type);
  return sorted.length === 1 ? sorted[0] : unionOf(sorted);
}

/** Lists of unions are merged into one list of a union, one level deep. */
function unionOf(types: readonly LiteralType[]): LiteralType {
  const isNested = types.some((type) => type.collectionType?.unionType != null);
  const union: LiteralType = { unionType: { variants: types.flatMap((type) => type.collectionType?.unionType?.variants ?? [type]) } };
  return isNested ? { collectionType: union } : union;
}
