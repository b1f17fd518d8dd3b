import type { Enum, Field, Type } from "protobufjs";
import { reflectedType } from "../../idl/reflection.ts";

export type Json = { readonly [key: string]: unknown };

const scalars: Readonly<Record<string, Json>> = {
  double: { type: "number", format: "double" },
  float: { type: "number", format: "float" },
  bool: { type: "boolean" },
  string: { type: "string" },
  bytes: { type: "string", format: "byte" },
  // 64-bit integers are strings in protobuf's JSON.
  ...Object.fromEntries(["int64", "sint64", "sfixed64"].map((type) => [type, { type: "string", format: "int64" }])),
  ...Object.fromEntries(["uint64", "fixed64"].map((type) => [type, { type: "string", format: "uint64" }])),
  ...Object.fromEntries(["int32", "sint32", "sfixed32"].map((type) => [type, { type: "integer", format: "int32" }])),
  ...Object.fromEntries(["uint32", "fixed32"].map((type) => [type, { type: "integer", format: "int64" }])),
};

const wellKnown: Readonly<Record<string, Json>> = {
  Timestamp: { type: "string", format: "date-time" },
  Duration: { type: "string" },
  FieldMask: { type: "string" },
  Struct: { type: "object" },
  Value: {},
  ListValue: { type: "array", items: {} },
};

export interface OpenapiSchemas {
  /** A message or enum: a reference to its definition, or what a well-known type looks like in JSON. */
  reference(type: Type | Enum): Json;
  ofField(field: Field): Json;
  /** One value of a field, not its list. */
  ofValue(field: Field): Json;
  definitions(): Json;
}

/** Schemas of all messages that the named ones lead to; a name is as much of the full one as tells it from all others. */
export function createOpenapiSchemas(names: readonly string[]): OpenapiSchemas {
  const reached = reachedFrom(names.map((name) => reflectedType(name)));
  const shortNames = shortened([...reached].map(({ fullName }) => fullName));

  const reference = (type: Type | Enum): Json => knownSchema(type) ?? { $ref: `#/definitions/${shortNames.get(type.fullName)}` };
  const ofValue = (field: Field): Json => (field.resolvedType === null ? (scalars[field.type] ?? {}) : reference(field.resolvedType));
  const ofField = (field: Field): Json => {
    if (field.map) return { type: "object", additionalProperties: ofValue(field) };
    return field.repeated ? { type: "array", items: ofValue(field) } : ofValue(field);
  };
  const definition = (type: Type | Enum): Json => {
    if ("values" in type) return enumSchema(type);
    if (type.fullName === ".google.protobuf.Any")
      return { type: "object", properties: { "@type": { type: "string" } }, additionalProperties: {} };
    const properties = Object.fromEntries(type.fieldsArray.map((field) => [field.protoName, ofField(field)]));
    return { type: "object", ...(type.fieldsArray.length > 0 && { properties }) };
  };
  return {
    reference,
    ofField,
    ofValue,
    definitions: () =>
      Object.fromEntries(
        [...reached].map((type) => [shortNames.get(type.fullName) ?? "", definition(type)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
  };
}

/** Enums by name; the first is what is meant when none is given. */
export function enumSchema(type: Enum): Json {
  const names = Object.keys(type.values);
  return { type: "string", enum: names, default: names[0] };
}

/** The JSON form that protobuf gives a type of its own; undefined for all others. */
function knownSchema(type: Type | Enum): Json | undefined {
  if (!type.fullName.startsWith(".google.protobuf.") || "values" in type) return undefined;
  const wrapped = type.name.endsWith("Value") ? type.fields["value"] : undefined;
  return wrapped && type.fieldsArray.length === 1 ? scalars[wrapped.type] : wellKnown[type.name];
}

function reachedFrom(types: readonly Type[]): ReadonlySet<Type | Enum> {
  const reached = new Set<Type | Enum>();
  const visit = (type: Type | Enum): void => {
    if (reached.has(type) || knownSchema(type)) return;
    reached.add(type);
    if ("fields" in type) for (const field of type.fieldsArray) if (field.resolvedType !== null) visit(field.resolvedType);
  };
  for (const type of types) visit(type);
  return reached;
}

/** At least the last two parts of each full name, more where they are not enough. */
function shortened(fullNames: readonly string[]): ReadonlyMap<string, string> {
  const suffix = (name: string, parts: number): string => name.slice(1).split(".").slice(-parts).join("");
  const partsOf = (name: string): number => name.split(".").length - 1;
  const result = new Map<string, string>();
  for (const name of fullNames) {
    let parts = 2;
    while (parts < partsOf(name) && fullNames.some((other) => other !== name && suffix(other, parts) === suffix(name, parts))) parts++;
    result.set(name, suffix(name, parts));
  }
  return result;
}
