import { flyteidl } from "../../idl/flyteidl.ts";
import { scalarOfValue } from "../../idl/literals/scalar-of-value.ts";
import { structLiteral } from "../../idl/literals/struct-literal.ts";
import { typeText } from "../../idl/type-text.ts";
import type { Literal, LiteralMap, LiteralType, TypedInterface } from "../../idl/types.ts";

const simple = flyteidl.core.SimpleType;
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** The outputs that an interface declares, of plain values by name. TypeError names one that is missing, undeclared or of another type. */
export function outputsOfValues(typed: TypedInterface | null | undefined, values: Readonly<Record<string, unknown>>): LiteralMap {
  const declared = Object.entries(typed?.outputs?.variables ?? {});
  const names = new Set(declared.map(([name]) => name));
  for (const name of Object.keys(values)) {
    if (!names.has(name)) throw new TypeError(`output ${name}: the task declares no such output`);
  }
  const literals = declared.map(([name, variable]): [string, Literal] => {
    if (!Object.hasOwn(values, name)) throw new TypeError(`output ${name}: there is no value`);
    return [name, literalOfValue(`output ${name}`, values[name], variable.type)];
  });
  return { literals: Object.fromEntries(literals) };
}

/** The literal of a type that a plain value is; `at` names it in a TypeError. A union takes its first variant that fits. */
function literalOfValue(at: string, value: unknown, type: LiteralType | null | undefined): Literal {
  if (type?.unionType != null) return unionOf(at, value, type);
  if (type?.collectionType != null && Array.isArray(value)) {
    const { collectionType } = type;
    return { collection: { literals: value.map((item, index) => literalOfValue(`${at}[${index}]`, item, collectionType)) } };
  }
  if (type?.mapValueType != null && isObject(value)) {
    const { mapValueType } = type;
    const items = Object.entries(value).map(([key, item]) => [key, literalOfValue(`${at}.${key}`, item, mapValueType)] as const);
    return { map: { literals: Object.fromEntries(items) } };
  }
  const literal = type == null ? undefined : plainLiteral(value instanceof Date ? value.toISOString() : value, type);
  if (literal === undefined) throw new TypeError(`${at}: ${shown(value)} is no ${typeText(type)}`);
  return literal;
}

function plainLiteral(value: unknown, type: LiteralType): Literal | undefined {
  if (type.simple === simple.STRUCT) return structLiteral(value, type);
  if (type.simple != null) {
    const scalar = scalarOfValue(value, type.simple, false);
    return scalar && { scalar };
  }
  if (typeof value !== "string") return undefined;
  if (type.enumType != null) return type.enumType.values?.includes(value) ? { scalar: { primitive: { stringValue: value } } } : undefined;
  if (type.blob != null) return { scalar: { blob: { uri: value, metadata: { type: type.blob } } } };
  if (type.schema != null) return { scalar: { schema: { uri: value, type: type.schema } } };
  const structuredDatasetType = type.structuredDatasetType;
  return structuredDatasetType == null ? undefined : { scalar: { structuredDataset: { uri: value, metadata: { structuredDatasetType } } } };
}

function unionOf(at: string, value: unknown, type: LiteralType): Literal {
  for (const variant of type.unionType?.variants ?? []) {
    try {
      return { scalar: { union: { value: literalOfValue(at, value, variant), type: variant } } };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new TypeError(`${at}: ${shown(value)} is no ${typeText(type)}`);
}

function shown(value: unknown): string {
  const text = typeof value === "bigint" ? String(value) : JSON.stringify(value);
  return text === undefined ? typeof value : text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
